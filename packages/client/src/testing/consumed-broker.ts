import {
  BatchBuilder,
  type RequestOf,
  type ResponseOf,
  setBatchBaseOffset,
} from '@tidelog/protocol';
import { createClient } from '../client.ts';
import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { Consumer } from '../consumer/consumer.ts';
import type { ConsumerOptions } from '../consumer/consumer-settings.ts';
import { encodeAssignment } from '../consumer/group/group-protocol.ts';
import type { TopicPartition } from '../topic-partition.ts';
import { ScriptedBroker, TOPIC_ID } from './scripted-broker.ts';

const OFFSET_OUT_OF_RANGE = 1;
const UNKNOWN_MEMBER_ID = 25;
const MEMBER_ID_REQUIRED = 79;

export function batch(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) {
    const [key, rest] = value.split(':');
    builder.append(0, rest === undefined ? null : key!, value);
  }
  const bytes = builder.finish();
  setBatchBaseOffset(bytes, 0, baseOffset);
  return bytes;
}

/** Values in batches of their own where they are damaged. */
function batches(
  baseOffset: number,
  values: readonly string[],
  damaged: ReadonlySet<string>,
): Buffer {
  const list: Buffer[] = [];
  let first = 0;
  for (let i = 0; i <= values.length; i++) {
    const isDamaged = i < values.length && damaged.has(values[i]!);
    if (i < values.length && !isDamaged) continue;
    if (i > first) list.push(batch(baseOffset + first, values.slice(first, i)));
    if (isDamaged) {
      const bytes = batch(baseOffset + i, [values[i]!]);
      bytes[bytes.length - 2]! ^= 1;
      list.push(bytes);
    }
    first = i + 1;
  }
  return Buffer.concat(list);
}

/** A broker with logs, and a group of which the consumer is the only member. */
export function setUp(options: ConsumerOptions = {}) {
  const broker = new ScriptedBroker();
  broker.topics.push({ name: 't', partitions: 2 });
  const logs: string[][] = [[], []];
  const committed = new Map<number, number>();
  const group = { generation: 0, assignment: [] as TopicPartition[], heartbeat: 0 };
  group.assignment = [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 1 },
  ];
  /** Values whose batch has a wrong checksum. */
  const damaged = new Set<string>();
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
    if (request.sessionEpoch === -1) return { responses: [] };
    const found = () => request.topics[0]!.partitions.some(hasMore);
    const hasMore = ({ partition, fetchOffset }: { partition: number; fetchOffset: number }) =>
      logs[partition]!.length !== fetchOffset;
    if (!found()) await new Promise<void>((resolve) => (wake = resolve));
    return fetchAnswer(request, logs, damaged);
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
  let told: readonly TopicPartition[] | null = null;
  broker.on('ConsumerGroupHeartbeat', ({ memberId, memberEpoch }) => {
    const base = { memberId, heartbeatIntervalMs: 3000 };
    if (memberEpoch === 0) {
      group.generation++;
      group.heartbeat = 0;
      told = null;
    } else if (group.heartbeat === UNKNOWN_MEMBER_ID) {
      return { ...base, errorCode: UNKNOWN_MEMBER_ID, memberEpoch: 0 };
    } else if (told !== group.assignment) group.generation++;
    const isNews = told !== group.assignment;
    told = group.assignment;
    const partitions = told.map(({ partition }) => partition);
    const assignment = { topicPartitions: [{ topicId: TOPIC_ID, partitions }] };
    return {
      ...base,
      errorCode: 0,
      memberEpoch: group.generation,
      assignment: isNews ? assignment : null,
    };
  });
  broker.on('LeaveGroup', () => ({ errorCode: 0, members: [] }));
  broker.on('OffsetFetch', ({ topics, groups }) => {
    const isOld = groups === undefined || groups.length === 0;
    const found = ((isOld ? topics : groups[0]!.topics) ?? []).map(
      ({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          committedOffset: committed.get(partitionIndex) ?? -1,
          metadata: '',
          errorCode: 0,
        })),
      }),
    );
    return isOld ? { topics: found } : { groups: [{ groupId: 'g', topics: found }] };
  });
  broker.on('OffsetCommit', (request) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedOffset }) => {
        committed.set(partitionIndex, committedOffset);
        return { partitionIndex, errorCode: 0 };
      }),
    })),
  }));
  const client = createClient({
    bootstrapServers: 'broker:9092',
    platform: broker.platform,
    logger: {},
  });
  const consumer = client.consumer({ autoOffsetReset: 'earliest', ...options });
  const append = (partition: number, ...values: string[]): void => {
    logs[partition]!.push(...values);
    wake();
  };
  return { broker, clock: broker.clock, client, consumer, logs, committed, damaged, group, append };
}

export function joined(response: Partial<ResponseOf<'JoinGroup'>>): ResponseOf<'JoinGroup'> {
  return { errorCode: 0, protocolName: '', leader: '', memberId: '', members: [], ...response };
}

export function fetchAnswer(
  request: RequestOf<'Fetch'>,
  logs: readonly string[][],
  damaged: ReadonlySet<string> = new Set(),
): ResponseOf<'Fetch'> {
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
          records: batches(fetchOffset, values, damaged),
        };
      }),
    })),
  };
}

/** Asks for messages, and lets time pass only as far as they need it. */
export function reader({
  consumer,
  clock,
}: {
  consumer: Consumer;
  clock: ScriptedBroker['clock'];
}) {
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
