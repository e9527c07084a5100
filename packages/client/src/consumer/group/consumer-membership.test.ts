import type { ResponseOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { reader, setUp } from '../../testing/consumed-broker.ts';
import { TOPIC_ID } from '../../testing/scripted-broker.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { ConsumerOptions } from '../consumer-settings.ts';

const NOT_COORDINATOR = 16;
const UNKNOWN_MEMBER_ID = 25;
const FENCED_MEMBER_EPOCH = 110;
const STALE_MEMBER_EPOCH = 113;
const UNSUPPORTED_ASSIGNOR = 112;

/** A coordinator that assigns what the test says; `errors` are answered first. */
function member(options: ConsumerOptions = {}) {
  const changes: string[] = [];
  const say = (what: string) => (partitions: readonly TopicPartition[]) => {
    changes.push(`${what} ${partitions.map(({ partition }) => partition).join(',')}`);
  };
  const set = setUp({
    groupId: 'g',
    groupProtocol: 'consumer',
    rebalanceListener: {
      onAssigned: say('assigned'),
      onRevoked: say('revoked'),
      onLost: say('lost'),
    },
    ...options,
  });
  const group = { epoch: 0, target: [0, 1], told: '', errors: [] as number[] };
  set.broker.on('ConsumerGroupHeartbeat', (request): ResponseOf<'ConsumerGroupHeartbeat'> => {
    const errorCode = group.errors.shift() ?? 0;
    const base = { memberId: request.memberId, heartbeatIntervalMs: 5000 };
    if (errorCode !== 0) return { ...base, errorCode, memberEpoch: 0 };
    const joins = request.memberEpoch === 0;
    const isNews = joins || group.told !== String(group.target);
    if (isNews) group.epoch++;
    group.told = String(group.target);
    const topicPartitions = [{ topicId: TOPIC_ID, partitions: group.target }];
    return {
      ...base,
      errorCode: 0,
      memberEpoch: group.epoch,
      assignment: isNews ? { topicPartitions } : null,
    };
  });
  const beats = () => set.broker.of('ConsumerGroupHeartbeat');
  const someBeats = (): Promise<void> => {
    const before = beats().length;
    return set.clock.until(() => beats().length > before);
  };
  set.consumer.subscribe('t');
  return { ...set, group, changes, beats, someBeats, read: reader(set) };
}

describe('a member of a group of the protocol consumer', () => {
  it('joins, begins at the committed offsets, and acknowledges', async () => {
    const { append, beats, broker, changes, clock, committed, read } = member({ rackId: 'r' });
    append(0, 'a', 'b');
    append(1, 'x', 'y');
    committed.set(1, 1);
    expect((await read(3)).sort()).toEqual(['a', 'b', 'y']);
    await clock.until(() => beats().length > 1);
    expect(beats().map(({ memberEpoch }) => memberEpoch)).toEqual([0, 1]);
    expect(beats()[0]).toMatchObject({ rackId: 'r', subscribedTopicNames: ['t'] });
    expect(beats()[1]!.topicPartitions).toEqual([{ topicId: TOPIC_ID, partitions: [0, 1] }]);
    expect(changes).toEqual(['assigned 0,1']);
    expect(broker.of('OffsetFetch')[0]!.groups[0]).toMatchObject({
      groupId: 'g',
      memberId: beats()[0]!.memberId,
      memberEpoch: 1,
    });
  });

  it('keeps its place by heartbeats while it waits for what is in work before it lets go', async () => {
    let wait: () => Promise<void> = () => Promise.resolve();
    const { append, beats, clock, group, read, someBeats } = member({
      rebalanceListener: { onRevoked: () => wait() },
    });
    wait = () => new Promise((resolve) => void clock.setTimer(60_000, resolve));
    append(0, 'a', 'b');
    append(1, 'x');
    await read(1);
    group.target = [1];
    await someBeats();
    const before = beats().length;
    await read(1);
    expect(beats().length - before).toBeGreaterThan(60 / 5 - 2);
    expect(beats().every(({ memberEpoch }, i) => (memberEpoch === 0) === (i === 0))).toBe(true);
  });

  it('reads on what stays, lets go of the rest between two messages, and commits before', async () => {
    const { append, beats, changes, clock, committed, group, read, someBeats } = member();
    append(0, 'a', 'b', 'c');
    expect(await read(2)).toEqual(['a', 'b']);
    group.target = [1];
    await someBeats();
    await someBeats();
    expect(changes).toEqual(['assigned 0,1']);
    append(1, 'x');
    expect(await read(1)).toEqual(['x']);
    expect(changes).toEqual(['assigned 0,1', 'revoked 0', 'assigned ']);
    expect(committed.get(0)).toBe(2);
    await clock.until(() => beats().at(-1)!.topicPartitions !== null);
    expect(beats().at(-1)!.topicPartitions).toEqual([{ topicId: TOPIC_ID, partitions: [1] }]);
  });

  it.each([
    ['is fenced', FENCED_MEMBER_EPOCH],
    ['is not known any more', UNKNOWN_MEMBER_ID],
  ])('has lost all when it %s, and joins anew under its name', async (_name, errorCode) => {
    const { append, beats, changes, committed, consumer, group, read, someBeats } = member();
    append(0, 'a', 'b');
    await read(1);
    group.errors = [errorCode];
    await someBeats();
    expect(consumer.groupMetadata()).toMatchObject({ generationId: -1, memberId: '' });
    expect(await read(1)).toEqual(['a']); // nothing could be committed
    expect(changes).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
    expect(new Set(beats().map(({ memberId }) => memberId)).size).toBe(1);
    expect(committed.get(0) ?? 0).toBe(0);
  });

  it('commits again with the new epoch when the one it had was stale', async () => {
    const { append, broker, clock, consumer, group, read } = member({ autoCommit: false });
    append(0, 'a');
    await read(1);
    const epochs: number[] = [];
    broker.on('OffsetCommit', ({ generationIdOrMemberEpoch, topics }) => {
      epochs.push(generationIdOrMemberEpoch);
      const errorCode = epochs.length === 1 ? STALE_MEMBER_EPOCH : 0;
      group.target = [0];
      return {
        topics: topics.map(({ name }) => ({
          name,
          partitions: [{ partitionIndex: 0, errorCode }],
        })),
      };
    });
    await clock.settle(consumer.commit());
    expect(epochs).toEqual([1, 2]);
  });

  it('finds its coordinator again when it has moved, and says everything again', async () => {
    const { append, beats, broker, changes, group, read, someBeats } = member();
    append(0, 'a', 'b');
    await read(1);
    group.errors = [NOT_COORDINATOR];
    await someBeats();
    await someBeats();
    expect(broker.of('FindCoordinator')).toHaveLength(2);
    expect(beats().at(-1)!.subscribedTopicNames).toEqual(['t']);
    expect(await read(1)).toEqual(['b']);
    expect(changes).toEqual(['assigned 0,1']);
  });

  it('leaves when a message takes too long, and has lost all when it comes back', async () => {
    const { append, beats, changes, clock, read } = member({ maxPollIntervalMs: 12_000 });
    append(0, 'a', 'b');
    await read(1);
    await clock.until(() => beats().at(-1)!.memberEpoch === -1);
    expect(clock.monotonic()).toBeGreaterThan(12_000);
    expect(clock.monotonic()).toBeLessThan(20_000);
    const { length } = beats();
    await read(1);
    expect(beats()[length]!.memberEpoch).toBe(0);
    expect(changes).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
  });

  it('fails where the group will not have it, in a sentence', async () => {
    const { group, read } = member({ groupRemoteAssignor: 'nope' });
    group.errors = [UNSUPPORTED_ASSIGNOR];
    await expect(read(1)).rejects.toMatchObject({ code: 'UNSUPPORTED_ASSIGNOR' });
    await expect(read(1)).rejects.toMatchObject({ code: 'UNSUPPORTED_ASSIGNOR' });
  });

  it.each([
    ['for good', undefined, -1],
    ['for a while where it is static', 'i', -2],
  ])('leaves %s when it is closed', async (_name, groupInstanceId, epoch) => {
    const options = groupInstanceId === undefined ? {} : { groupInstanceId };
    const { append, beats, changes, clock, committed, consumer, read } = member(options);
    append(0, 'a');
    await read(1);
    await clock.settle(consumer.commit());
    await clock.settle(consumer.close());
    expect(committed.get(0)).toBe(1);
    expect(beats().at(-1)!.memberEpoch).toBe(epoch);
    expect(changes).toEqual(['assigned 0,1', 'revoked 0,1']);
  });

  it('lets the broker match a pattern', async () => {
    const { append, beats, consumer, read } = member();
    consumer.subscribe(/^T$/gi);
    append(0, 'a');
    await read(1);
    expect(beats()[0]).toMatchObject({
      subscribedTopicNames: [],
      subscribedTopicRegex: '(?i).*(?:^T$).*',
    });
  });

  it('takes no options of the other protocol', () => {
    const { client } = setUp();
    expect(() => client.consumer({ groupProtocol: 'consumer', assignors: ['range'] })).toThrow(
      '`assignors` has no meaning in the group protocol consumer',
    );
    expect(() => client.consumer({ groupRemoteAssignor: 'uniform' })).toThrow('classic');
  });
});
