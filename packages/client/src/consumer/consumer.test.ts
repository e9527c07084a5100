import {
  BatchBuilder,
  type RequestOf,
  type ResponseOf,
  setBatchBaseOffset,
} from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { Consumer } from './consumer.ts';
import type { ConsumerOptions } from './consumer-settings.ts';
import { decodeSubscription, encodeAssignment } from './group/group-protocol.ts';

const OFFSET_OUT_OF_RANGE = 1;
const NOT_COORDINATOR = 16;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
const MEMBER_ID_REQUIRED = 79;
const FENCED_INSTANCE_ID = 82;

function batch(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) builder.append(0, null, value);
  const bytes = builder.finish();
  setBatchBaseOffset(bytes, 0, baseOffset);
  return bytes;
}

/** A broker with logs, and a group of which the consumer is the only member. */
function setUp(options: ConsumerOptions = {}) {
  const broker = new ScriptedBroker();
  broker.topics.push({ name: 't', partitions: 2 });
  const logs: string[][] = [[], []];
  const committed = new Map<number, number>();
  const group = { generation: 0, assignment: [] as TopicPartition[], heartbeat: 0 };
  group.assignment = [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 1 },
  ];
  let wake: () => void = () => {};
  broker.on('FindCoordinator', () => ({ errorCode: 0, nodeId: 1, host: 'broker', port: 9092 }));
  broker.on('ListOffsets', (request) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => ({
        partitionIndex,
        errorCode: 0,
        offset: timestamp === -1 ? logs[partitionIndex]!.length : 0,
      })),
    })),
  }));
  broker.on('Fetch', async (request) => {
    const found = () => request.topics[0]!.partitions.some(hasMore);
    const hasMore = ({ partition, fetchOffset }: { partition: number; fetchOffset: number }) =>
      logs[partition]!.length !== fetchOffset;
    if (!found()) await new Promise<void>((resolve) => (wake = resolve));
    return fetchAnswer(request, logs);
  });
  broker.on('JoinGroup', (request) => {
    if (request.memberId === '') return joined({ errorCode: MEMBER_ID_REQUIRED, memberId: 'm' });
    group.generation++;
    group.heartbeat = 0;
    return joined({
      generationId: group.generation,
      protocolName: request.protocols[0]!.name,
      leader: 'other',
      memberId: request.memberId,
    });
  });
  broker.on('SyncGroup', () => ({ errorCode: 0, assignment: encodeAssignment(group.assignment) }));
  broker.on('Heartbeat', () => ({ errorCode: group.heartbeat }));
  broker.on('LeaveGroup', () => ({ errorCode: 0, members: [] }));
  broker.on('OffsetFetch', (request) => ({
    topics: request.topics!.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: committed.get(partitionIndex) ?? -1,
        metadata: '',
        errorCode: 0,
      })),
    })),
  }));
  broker.on('OffsetCommit', (request) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedOffset }) => {
        committed.set(partitionIndex, committedOffset);
        return { partitionIndex, errorCode: 0 };
      }),
    })),
  }));
  const client = createClient({ bootstrapServers: 'broker:9092', platform: broker.platform });
  const consumer = client.consumer({ autoOffsetReset: 'earliest', ...options });
  const append = (partition: number, ...values: string[]): void => {
    logs[partition]!.push(...values);
    wake();
  };
  return { broker, clock: broker.clock, client, consumer, logs, committed, group, append };
}

function joined(response: Partial<ResponseOf<'JoinGroup'>>): ResponseOf<'JoinGroup'> {
  return { errorCode: 0, protocolName: '', leader: '', memberId: '', members: [], ...response };
}

function fetchAnswer(request: RequestOf<'Fetch'>, logs: readonly string[][]): ResponseOf<'Fetch'> {
  return {
    responses: request.topics.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition, fetchOffset }) => {
        const values = logs[partition]!.slice(fetchOffset);
        return {
          partitionIndex: partition,
          errorCode: fetchOffset > logs[partition]!.length ? OFFSET_OUT_OF_RANGE : 0,
          highWatermark: logs[partition]!.length,
          abortedTransactions: null,
          records: values.length === 0 ? Buffer.alloc(0) : batch(fetchOffset, values),
        };
      }),
    })),
  };
}

/** Asks for messages, and lets time pass only as far as they need it. */
function reader({ consumer, clock }: { consumer: Consumer; clock: ScriptedBroker['clock'] }) {
  const messages = consumer.messages();
  return async (count: number): Promise<string[]> => {
    const values: string[] = [];
    while (values.length < count) {
      const { value } = await clock.settle(messages.next());
      values.push((value as ConsumedMessage).value!.toString());
    }
    return values;
  };
}

describe('a consumer without a group', () => {
  it('reads from where it is told, in order, and knows its lag', async () => {
    const set = setUp();
    set.append(0, 'a', 'b', 'c', 'd');
    set.consumer.assign([{ topic: 't', partition: 0, offset: 1 }]);
    const read = reader(set);
    expect(await read(2)).toEqual(['b', 'c']);
    expect(set.consumer.position({ topic: 't', partition: 0 })).toBe(3);
    expect(set.consumer.lag()).toEqual([{ topic: 't', partition: 0, lag: 1 }]);
    set.append(0, 'e');
    expect(await read(2)).toEqual(['d', 'e']);
  });

  it('goes on where it is sent to, and forgets what was fetched', async () => {
    const set = setUp();
    set.append(0, 'a', 'b', 'c');
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const read = reader(set);
    expect(await read(1)).toEqual(['a']);
    set.consumer.seek({ topic: 't', partition: 0 }, 2);
    expect(await read(1)).toEqual(['c']);
    set.consumer.seek({ topic: 't', partition: 0 }, 'earliest');
    expect(await read(1)).toEqual(['a']);
  });

  it('gives nothing of paused partitions', async () => {
    const set = setUp();
    set.append(0, 'a0', 'b0');
    set.append(1, 'a1', 'b1');
    const [zero, one] = [0, 1].map((partition) => ({ topic: 't', partition }));
    set.consumer.assign([zero!, one!]);
    const read = reader(set);
    set.consumer.pause([zero!]);
    expect(await read(2)).toEqual(['a1', 'b1']);
    set.consumer.resume([zero!]);
    expect(await read(2)).toEqual(['a0', 'b0']);
  });

  it('starts over where the log no longer holds the offset, or says so', async () => {
    const set = setUp();
    set.append(0, 'a');
    set.consumer.assign([{ topic: 't', partition: 0, offset: 50 }]);
    expect(await reader(set)(1)).toEqual(['a']);
    const strict = setUp({ autoOffsetReset: 'none' });
    strict.consumer.assign([{ topic: 't', partition: 0, offset: 50 }]);
    await expect(reader(strict)(1)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  it('names the place of a batch that is damaged, and can be sent past it', async () => {
    const set = setUp();
    set.append(0, 'good', 'bad', 'after');
    set.broker.on('Fetch', (request) => {
      const { fetchOffset } = request.topics[0]!.partitions[0]!;
      if (fetchOffset >= 3) return 'hang';
      const answer = fetchAnswer(request, set.logs);
      const value = set.logs[0]![fetchOffset]!;
      const bytes = batch(fetchOffset, [value]);
      if (value === 'bad') bytes[bytes.length - 2]! ^= 1;
      const [topic] = answer.responses;
      const partitions = [{ ...topic!.partitions[0]!, records: bytes }];
      return { ...answer, responses: [{ ...topic!, partitions }] };
    });
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const read = reader(set);
    expect(await read(1)).toEqual(['good']);
    await expect(read(1)).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringContaining('t-0: the batch at offset 1'),
    });
    set.consumer.seek({ topic: 't', partition: 0 }, 2);
    expect(await read(1)).toEqual(['after']);
  });

  it('ends with its signal, and when it is closed', async () => {
    const set = setUp();
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const stop = new AbortController();
    const next = set.consumer.messages({ signal: stop.signal }).next();
    await set.clock.until(() => set.broker.of('Fetch').length > 0);
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    const other = set.consumer.messages().next();
    await set.clock.settle(set.consumer.close());
    expect(await other).toEqual({ done: true, value: undefined });
  });

  it('does not fetch further ahead than it may', async () => {
    const set = setUp({ maxPartitionFetchBytes: 10_000, prefetchBytes: 1000 });
    set.append(0, 'x'.repeat(2000));
    set.append(1, 'y'.repeat(2000));
    set.consumer.assign([0, 1].map((partition) => ({ topic: 't', partition })));
    const read = reader(set);
    await read(1);
    set.append(0, 'more');
    const before = set.broker.of('Fetch').length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(set.broker.of('Fetch').length).toBe(before);
    expect((await read(2)).map((value) => value.length)).toEqual([2000, 4]);
  });
});

describe('a member of a group', () => {
  const changes: string[] = [];
  const say = (what: string) => (partitions: readonly TopicPartition[]) => {
    changes.push(`${what} ${partitions.map(({ partition }) => partition).join(',')}`);
  };
  const rebalanceListener = {
    onAssigned: say('assigned'),
    onRevoked: say('revoked'),
    onLost: say('lost'),
  };

  function member(options: ConsumerOptions = {}) {
    changes.length = 0;
    const set = setUp({ groupId: 'g', rebalanceListener, ...options });
    set.consumer.subscribe('t');
    return { ...set, read: reader(set) };
  }

  it('joins with the id that it is given, and begins at the committed offsets', async () => {
    const { broker, append, committed, read } = member();
    append(0, 'a', 'b');
    append(1, 'x', 'y');
    committed.set(1, 1);
    expect((await read(3)).sort()).toEqual(['a', 'b', 'y']);
    expect(broker.of('JoinGroup').map(({ memberId }) => memberId)).toEqual(['', 'm']);
    expect(changes).toEqual(['assigned 0,1']);
  });

  it('rebalances between two messages only, and commits what is done before', async () => {
    const { broker, append, clock, committed, group, read } = member();
    append(0, 'a', 'b', 'c');
    expect(await read(2)).toEqual(['a', 'b']);
    group.heartbeat = REBALANCE_IN_PROGRESS;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(changes).toEqual(['assigned 0,1']);
    expect(group.generation).toBe(1);
    group.assignment = [{ topic: 't', partition: 0 }];
    expect(await read(1)).toEqual(['c']);
    expect(committed.get(0)).toBe(2);
    expect(changes).toEqual(['assigned 0,1', 'revoked 0,1', 'assigned 0']);
  });

  it('keeps what it may keep where all assignors are cooperative, and joins again for the rest', async () => {
    const { broker, append, clock, group, read } = member({ assignors: ['cooperative-sticky'] });
    append(0, 'a', 'b');
    expect(await read(1)).toEqual(['a']);
    group.assignment = [{ topic: 't', partition: 0 }];
    group.heartbeat = REBALANCE_IN_PROGRESS;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    expect(await read(1)).toEqual(['b']);
    expect(changes).toEqual(['assigned 0,1', 'revoked 1', 'assigned ', 'assigned ']);
    expect(group.generation).toBe(3);
    const owned = broker
      .of('JoinGroup')
      .map(({ protocols }) =>
        decodeSubscription(protocols[0]!.metadata)!.owned.map(({ partition }) => partition),
      );
    expect(owned).toEqual([[], [], [0, 1], [0]]);
  });

  it.each([
    ['is not known any more', UNKNOWN_MEMBER_ID, ''],
    ['is of an old generation', ILLEGAL_GENERATION, 'm'],
  ])('has lost all when it %s, and joins anew', async (_name, errorCode, memberId) => {
    const { broker, append, clock, committed, group, read } = member();
    append(0, 'a', 'b');
    await read(1);
    group.heartbeat = errorCode;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    expect(await read(1)).toEqual(['a']); // nothing could be committed
    expect(changes).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
    expect(broker.of('JoinGroup')[2]!.memberId).toBe(memberId);
    expect(committed.get(0) ?? 0).toBe(0);
  });

  it('fails when another has taken its instance id', async () => {
    const { broker, append, clock, group, read } = member({ groupInstanceId: 'i' });
    append(0, 'a');
    await read(1);
    group.heartbeat = FENCED_INSTANCE_ID;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    await expect(read(1)).rejects.toMatchObject({ code: 'FENCED_INSTANCE_ID' });
  });

  it('finds its coordinator again when it has moved', async () => {
    const { broker, append, clock, group, read } = member();
    append(0, 'a', 'b');
    await read(1);
    group.heartbeat = NOT_COORDINATOR;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    group.heartbeat = 0;
    await clock.until(() => broker.of('Heartbeat').length > 1);
    expect(broker.of('FindCoordinator')).toHaveLength(2);
    expect(await read(1)).toEqual(['b']);
    expect(group.generation).toBe(1);
  });

  it('leaves when a message takes too long', async () => {
    const { broker, append, clock, read } = member({ maxPollIntervalMs: 10_000 });
    append(0, 'a', 'b');
    await read(1);
    await clock.until(() => broker.of('LeaveGroup').length === 1);
    expect(clock.monotonic()).toBeGreaterThan(10_000);
    expect(clock.monotonic()).toBeLessThan(15_000);
    await read(1);
    expect(changes).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
  });

  it('commits from time to time what is done, without the message in hand', async () => {
    const { append, clock, committed, read } = member();
    append(0, 'a', 'b', 'c');
    await read(2);
    await clock.until(() => committed.size > 0);
    expect(committed.get(0)).toBe(1);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5000);
  });

  it('commits with the message in hand when asked to, then leaves at close', async () => {
    const { broker, append, clock, committed, consumer, read } = member();
    append(0, 'a', 'b', 'c');
    await read(2);
    await clock.settle(consumer.commit());
    expect(committed.get(0)).toBe(2);
    await clock.settle(consumer.close());
    expect(committed.get(0)).toBe(2);
    expect(broker.of('LeaveGroup')).toHaveLength(1);
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('tells its place in the group', async () => {
    const { append, consumer, read } = member({ groupInstanceId: 'i' });
    const place = { groupId: 'g', groupInstanceId: 'i' };
    expect(consumer.groupMetadata()).toEqual({ ...place, generationId: -1, memberId: '' });
    append(0, 'a');
    await read(1);
    expect(consumer.groupMetadata()).toEqual({ ...place, generationId: 1, memberId: 'm' });
    const alone = setUp().consumer;
    expect(() => alone.groupMetadata()).toThrow('needs a `groupId`');
  });

  it('commits with a note and a leader epoch, and waits for stable offsets', async () => {
    const { append, broker, clock, consumer, read } = member();
    append(0, 'a');
    await read(1);
    const place = { topic: 't', partition: 0 };
    await clock.settle(
      consumer.commit([{ ...place, offset: 1, leaderEpoch: 4, metadata: 'note' }]),
    );
    expect(broker.of('OffsetCommit').at(-1)!.topics[0]!.partitions).toEqual([
      expect.objectContaining({ committedLeaderEpoch: 4, committedMetadata: 'note' }),
    ]);
    expect(broker.of('OffsetFetch').every(({ requireStable }) => requireStable)).toBe(true);
  });

  it('shares the partitions out where it leads', async () => {
    const { broker, append, read } = member({ assignors: ['range'] });
    append(0, 'a');
    broker.on('JoinGroup', (request) => {
      if (request.memberId === '') return joined({ errorCode: MEMBER_ID_REQUIRED, memberId: 'm' });
      const { metadata } = request.protocols[0]!;
      const members = ['m', 'n'].map((memberId) => ({ memberId, metadata }));
      const protocolName = 'range';
      return joined({ generationId: 1, protocolName, leader: 'm', memberId: 'm', members });
    });
    await read(1);
    const { assignments } = broker.of('SyncGroup')[0]!;
    expect(
      assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]),
    ).toEqual([
      ['m', encodeAssignment([{ topic: 't', partition: 0 }])],
      ['n', encodeAssignment([{ topic: 't', partition: 1 }])],
    ]);
  });
});
