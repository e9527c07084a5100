import { errors, type ResponseOutput } from '@tidelog/protocol';
import { brokerError, type KafkaClientError } from '../client-error.ts';
import { byTopic, keyOf, type TopicPartition } from '../topic-partition.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { toBroker } from './routes.ts';

export interface ReplicaPlace extends TopicPartition {
  readonly brokerId: number;
}

export interface ReplicaDescription extends TopicPartition {
  readonly sizeBytes: number;
  /** How far it is behind: the high watermark, or the replica that it is to take the place of. */
  readonly offsetLag: number;
  /** It takes the place of one in another directory when it has caught up. */
  readonly isFuture: boolean;
}

export interface LogDirDescription {
  readonly path: string;
  /** Why it is not in use; null when it is. */
  readonly error: KafkaClientError | null;
  /** Null where the broker does not tell (before Kafka 3.3). */
  readonly totalBytes: number | null;
  readonly usableBytes: number | null;
  /** Takes no new replicas (KIP-1066). */
  readonly isCordoned: boolean;
  readonly replicas: readonly ReplicaDescription[];
}

export interface BrokerLogDirs {
  readonly brokerId: number;
  readonly dirs: readonly LogDirDescription[];
}

export interface ReplicaLogDirs extends ReplicaPlace {
  /** Null where the broker has no such replica. */
  readonly current: { readonly path: string; readonly offsetLag: number } | null;
  /** Where it is being moved to. */
  readonly future: { readonly path: string; readonly offsetLag: number } | null;
}

export interface DescribeLogDirsOptions extends ItemOptions<number> {
  /** Only these partitions; all when left out. */
  readonly partitions?: readonly TopicPartition[] | undefined;
}

/** What an admin does with the log directories of brokers. */
export function logDirOperations(calls: AdminCalls) {
  const { cluster } = calls;
  const describeLogDirs = (
    brokerIds: readonly number[],
    options: DescribeLogDirsOptions = {},
  ): Promise<BrokerLogDirs[]> => {
    const topics = options.partitions === undefined ? null : topicsOf(options.partitions);
    return calls.each<number, BrokerLogDirs>(
      brokerIds,
      {
        route: toBroker(cluster, (brokerId) => brokerId),
        keyOf: String,
        subjectOf: (brokerId) => `log directories of broker ${brokerId}`,
        ask: async ({ node, send }, _, heard) => {
          const response = await send('DescribeLogDirs', { topics });
          const dirs = response.results.map((dir) => logDir(dir, node!));
          heard(String(node), response, { brokerId: node!, dirs });
        },
      },
      options,
    );
  };
  return {
    describeLogDirs,

    /** In which directories replicas are, and where they are being moved to. */
    describeReplicaLogDirs: async (
      replicas: readonly ReplicaPlace[],
      options: ItemOptions<number> = {},
    ): Promise<ReplicaLogDirs[]> => {
      const brokerIds = [...new Set(replicas.map(({ brokerId }) => brokerId))];
      const brokers = await describeLogDirs(brokerIds, { ...options, partitions: replicas });
      const dirsOf = new Map(brokers.map(({ brokerId, dirs }) => [brokerId, dirs]));
      return replicas.flatMap((replica) => {
        const dirs = dirsOf.get(replica.brokerId);
        return dirs === undefined ? [] : [replicaLogDirs(replica, dirs)];
      });
    },

    /** Moves replicas to other directories of their brokers; each at first stays where it is. */
    alterReplicaLogDirs: async (
      moves: readonly (ReplicaPlace & { readonly path: string })[],
      options: ItemOptions<ReplicaPlace> = {},
    ): Promise<void> => {
      await calls.each<ReplicaPlace & { readonly path: string }, null>(
        moves,
        {
          route: toBroker(cluster, ({ brokerId }) => brokerId),
          keyOf: (move) => `${move.brokerId} ${keyOf(move)}`,
          subjectOf: (move) => `${keyOf(move)} on broker ${move.brokerId}`,
          ask: async ({ node, send }, moves, heard) => {
            const paths = new Set(moves.map(({ path }) => path));
            const dirs = Array.from(paths, (path) => {
              const topics = byTopic(moves.filter((move) => move.path === path));
              return { path, topics: Array.from(topics, partitionsOfTopic) };
            });
            const response = await send('AlterReplicaLogDirs', { dirs });
            for (const { topicName, partitions } of response.results) {
              for (const answer of partitions) {
                const place = { topic: topicName, partition: answer.partitionIndex };
                heard(`${node} ${keyOf(place)}`, answer, null);
              }
            }
          },
        },
        options,
      );
    },
  };
}

function topicsOf(partitions: readonly TopicPartition[]) {
  const unique = new Map(partitions.map((place) => [keyOf(place), place]));
  return Array.from(byTopic(unique.values()), ([topic, list]) => ({
    topic,
    partitions: list.map(({ partition }) => partition),
  }));
}

function partitionsOfTopic([name, places]: [string, TopicPartition[]]) {
  return { name, partitions: places.map(({ partition }) => partition) };
}

function logDir(
  dir: ResponseOutput<'DescribeLogDirs'>['results'][number],
  node: number,
): LogDirDescription {
  const isFailed = dir.errorCode !== errors.NONE.code;
  return {
    path: dir.logDir,
    error: isFailed ? brokerError(dir.errorCode, `${dir.logDir} of broker ${node}`) : null,
    totalBytes: dir.totalBytes < 0 ? null : dir.totalBytes,
    usableBytes: dir.usableBytes < 0 ? null : dir.usableBytes,
    isCordoned: dir.isCordoned,
    replicas: dir.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
        topic: name,
        partition: partitionIndex,
        sizeBytes: partitionSize,
        offsetLag,
        isFuture: isFutureKey,
      })),
    ),
  };
}

function replicaLogDirs(place: ReplicaPlace, dirs: readonly LogDirDescription[]): ReplicaLogDirs {
  const find = (isFuture: boolean): ReplicaLogDirs['current'] => {
    for (const { path, replicas } of dirs) {
      const found = replicas.find(
        (replica) =>
          replica.isFuture === isFuture &&
          replica.topic === place.topic &&
          replica.partition === place.partition,
      );
      if (found !== undefined) return { path, offsetLag: found.offsetLag };
    }
    return null;
  };
  const { topic, partition, brokerId } = place;
  return { topic, partition, brokerId, current: find(false), future: find(true) };
}
