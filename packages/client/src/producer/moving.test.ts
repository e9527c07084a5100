import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import type { ScriptedBroker } from '../testing/scripted-broker.ts';
import { TransactionalBroker } from '../testing/transactional-broker.ts';
import { type Arrived, answer, arrivals, setUp } from './producer.test-setup.ts';

const NOT_LEADER = 6;
const OUT_OF_ORDER = 45;
const UNKNOWN_TOPIC_ID = 100;

/** A topic that is deleted and created anew under its name, of which each is strict about sequences. */
function recreatable(broker: ScriptedBroker, ids: readonly string[]) {
  const written = ids.map(() => [] as Arrived[]);
  let current = 0;
  const show = (): void =>
    void broker.topics.splice(0, 1, { name: 't', partitions: 2, id: ids[current]! });
  show();
  broker.on('Produce', (request) => {
    if (request.topicData[0]!.topicId !== ids[current]) {
      return answer(request, { errorCode: UNKNOWN_TOPIC_ID });
    }
    const [batch] = arrivals(request);
    const last = written[current]!.findLast(({ epoch }) => epoch === batch!.epoch);
    const expected = last === undefined ? 0 : last.sequence + last.values.length;
    if (batch!.sequence !== expected) return answer(request, { errorCode: OUT_OF_ORDER });
    written[current]!.push(batch!);
    return answer(request, {});
  });
  const recreate = (): void => {
    current++;
    show();
  };
  return { written, recreate };
}

describe('Producer, when things move', () => {
  const ids = ['AH2wIO8ZSpa_xIcUNk3hfA', 'BH2wIO8ZSpa_xIcUNk3hfA'];

  it('numbers anew for a topic that was created anew, with what was under way', async () => {
    const { broker, clock, send } = setUp({
      batchSizeBytes: 0,
      lingerMs: 0,
      deliveryTimeoutMs: 5000,
    });
    const { written, recreate } = recreatable(broker, ids);
    await clock.settle(Promise.all([send('a'), send('b')]));
    recreate();
    await clock.settle(Promise.all([send('c'), send('d'), send('e')]));
    await clock.settle(send('f'));
    expect(written.map((batches) => batches.flatMap(({ values }) => values))).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e', 'f'],
    ]);
    expect(written[1]!.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    expect(clock.monotonic()).toBeLessThan(1000);
  });

  it('lets a transaction be aborted whose topic was deleted, and goes on with the new one', async () => {
    const broker = new TransactionalBroker(2);
    const { clock } = broker;
    const client = createClient({ bootstrapServers: 'b:1', platform: broker.platform });
    const producer = client.producer({ transactionalId: 'x', lingerMs: 0 });
    const record = { topic: 't', partition: 0, value: 'v' };
    const tx = await clock.settle(producer.begin());
    await clock.settle(tx.send(record));
    broker.topics.splice(0, 1, { name: 't', partitions: 3, id: ids[1]! });
    broker.logs.clear();
    await clock.settle(client.admin().listTopics());
    await expect(clock.settle(tx.send(record))).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_ID',
      transaction: 'abortable',
    });
    await clock.settle(tx.abort());
    await clock.settle(producer.transaction((next) => next.send(record)));
    expect(broker.committed(0)).toEqual(['v']);
  });

  it('goes on at the new leader that a refusal tells of, without asking for metadata', async () => {
    const { broker, clock, send } = setUp({ lingerMs: 0 });
    await clock.settle(send('a'));
    const asked = broker.of('Metadata').length;
    const at = clock.monotonic();
    broker.on('Produce', (request) => {
      broker.on('Produce', (next) => answer(next, { baseOffset: 9 }));
      const refusal = answer(request, { errorCode: NOT_LEADER });
      Object.assign(refusal.responses[0]!.partitionResponses[0]!, {
        currentLeader: { leaderId: 8, leaderEpoch: 5 },
      });
      return { ...refusal, nodeEndpoints: [{ nodeId: 8, host: 'eight', port: 1, rack: null }] };
    });
    expect((await clock.settle(send('b'))).offset).toBe(9);
    expect(broker.of('Metadata')).toHaveLength(asked);
    expect(broker.addresses.at(-1)).toEqual({ host: 'eight', port: 1 });
    expect(clock.monotonic()).toBe(at);
  });

  it('gives a batch up in time also while it is on the wire, and counts its late answer', async () => {
    const { broker, clock, send, seen } = setUp({ lingerMs: 0, deliveryTimeoutMs: 2000 });
    await clock.settle(send('a'));
    let late: () => void = () => {};
    broker.on('Produce', (request) => {
      broker.on('Produce', (next) => answer(next, {}));
      return new Promise((resolve) => (late = () => resolve(answer(request, {}))));
    });
    const start = clock.monotonic();
    await expect(clock.settle(send('b'))).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    expect(clock.monotonic() - start).toBe(2000);
    const next = send('c');
    late();
    await clock.settle(next);
    expect(seen().map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
    ]);
  });
});
