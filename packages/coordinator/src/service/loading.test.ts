import {
  BatchBuilder,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
} from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { groupEventCodec } from '../group/events.ts';
import { GroupScript } from './script.test-group.ts';

/** A batch of offsets of partition 0 of `t` in group `g`, in a producer's transaction or in none. */
function offsetBatch(offsets: readonly number[], producerId = -1): Buffer {
  const builder = new BatchBuilder();
  for (const offset of offsets) {
    const { key, value } = groupEventCodec.encode({
      kind: 'offset',
      groupId: 'g',
      topic: 't',
      partition: 0,
      value: {
        offset,
        leaderEpoch: -1,
        metadata: '',
        commitTimestamp: 0,
        expireTimestamp: -1,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
      },
    });
    builder.append(0, key, value);
  }
  return builder.finish({ producerId, producerEpoch: 0, transactional: producerId >= 0 });
}

function marker(producerId: number, type: 'commit' | 'abort'): Buffer {
  const builder = new BatchBuilder();
  builder.append(0, controlRecordKey(controlRecordTypes[type]), endTxnMarkerValue(0));
  return builder.finish({ producerId, producerEpoch: 0, transactional: true, control: true });
}

async function loaded(...batches: Buffer[]): Promise<GroupScript> {
  const script = new GroupScript();
  for (const batch of batches) script.log.put(batch);
  script.log.replicate();
  await script.elect();
  return script;
}

describe('a coordinator that loads its log', () => {
  it('answers that it is loading, but lets heartbeats pass', async () => {
    const script = await loaded(offsetBatch([1]));
    script.coordinator.elected(0, script.log);
    const commit = script.commit({});
    const heartbeat = script.heartbeat({ memberId: 'm' });
    expect(await commit).toEqual(['COORDINATOR_LOAD_IN_PROGRESS']);
    expect(await heartbeat).toBe('NONE');
  });

  it('goes on with stable groups, whose sessions start anew', async () => {
    const script = await GroupScript.start();
    const [a, b] = await script.stableGroup(2);
    await script.commit({ memberId: a!, generationId: 1, offset: 8 });
    await script.clock.pass(9_000);
    const next = await script.restart();
    await next.clock.pass(9_000);
    expect(await next.heartbeat({ memberId: a! })).toBe('NONE');
    expect(await next.fetch()).toEqual([8]);
    expect(String((await next.sync({ memberId: b! })).assignment)).toBe(b);
    await next.clock.pass(9_000);
    expect(await next.heartbeat({ memberId: b! })).toBe('UNKNOWN_MEMBER_ID');
    expect(await next.list()).toEqual(['g PreparingRebalance']);
  });

  it('makes a group smaller that has grown over the limit', async () => {
    const script = await GroupScript.start();
    await script.stableGroup(3);
    const next = await script.restart({ maxGroupSize: 2 });
    expect(await next.list()).toEqual(['g PreparingRebalance']);
  });

  it('tells those who wait when it loses the partition', async () => {
    const script = await GroupScript.start();
    const joining = script.joinNew();
    expect(await script.isPending(joining)).toBe(true);
    script.coordinator.resigned(0);
    expect((await joining).errorCode).toBe(16);
  });

  it('takes offsets of a transaction when it was committed, and drops them when aborted', async () => {
    const script = await loaded(
      offsetBatch([1]),
      offsetBatch([2], 7),
      marker(7, 'commit'),
      offsetBatch([3], 8),
      marker(8, 'abort'),
    );
    expect(await script.fetch()).toEqual([2]);
  });

  it('keeps a later offset when a transaction that was begun before it is committed', async () => {
    const script = await loaded(offsetBatch([2], 7), offsetBatch([5]), marker(7, 'commit'));
    expect(await script.fetch()).toEqual([5]);
  });

  it('tells who asks for stable offsets that a transaction is open', async () => {
    const script = await loaded(offsetBatch([1]), offsetBatch([2], 7));
    expect(await script.fetch()).toEqual([1]);
    expect(await script.fetch(['t'], true)).toEqual(['UNSTABLE_OFFSET_COMMIT']);
    expect(await script.fetch(null, true)).toEqual(['UNSTABLE_OFFSET_COMMIT']);
    expect(await script.deleteGroup()).toBe('NONE');
    expect(await script.fetch(['t'], true)).toEqual([-1]);
  });

  it('leaves groups of other kinds alone, and shows their offsets', async () => {
    const builder = new BatchBuilder();
    builder.append(
      0,
      Buffer.from([0, 11, 0, 1, 0x67]),
      Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1]), Buffer.alloc(9)]),
    );
    const script = await loaded(offsetBatch([4]), builder.finish());
    expect(await script.fetch()).toEqual([4]);
    expect((await script.join()).errorCode).toBe(23);
    expect(await script.commit({})).toEqual(['GROUP_ID_NOT_FOUND']);
    expect(await script.describe()).toMatchObject({
      errorMessage: 'Group g is not a classic group.',
    });
    await script.clock.pass(30 * 24 * 3_600_000);
    expect(await script.fetch()).toEqual([4]);
    expect(script.log.batches).toHaveLength(2);
    expect(await script.deleteGroup()).toBe('NONE');
  });
});
