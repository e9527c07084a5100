import { invalidArgument } from '../client-error.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { Assignor } from './assignors/assignor.ts';
import { cooperativeStickyAssignor } from './assignors/cooperative-sticky.ts';
import { rangeAssignor } from './assignors/range.ts';
import { roundRobinAssignor } from './assignors/round-robin.ts';

/** Where to start in a partition without a committed offset, or when an offset is gone. */
export type OffsetReset = 'earliest' | 'latest' | 'none' | { readonly timestamp: number };

/** Told of changes to the assignment; the rebalance waits for the promises. */
export interface RebalanceListener {
  /** New partitions, before the first of their messages. */
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions that go elsewhere; offsets can still be committed. */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions that someone else has already; nothing can be committed any more. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

export type AssignorName = 'range' | 'roundrobin' | 'cooperative-sticky';

/** Java's names in camel case, with Java's defaults. */
export interface ConsumerOptions {
  readonly groupId?: string;
  /** A name of its own makes the member static: a restart within the session timeout is no rebalance. */
  readonly groupInstanceId?: string;
  /** In order of preference; cooperative when all of them are. */
  readonly assignors?: readonly (AssignorName | Assignor)[];
  readonly rebalanceListener?: RebalanceListener;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** A member that takes longer over a message, or a batch, leaves its group. */
  readonly maxPollIntervalMs?: number;
  readonly autoCommit?: boolean;
  readonly autoCommitIntervalMs?: number;
  readonly autoOffsetReset?: OffsetReset;
  readonly fetchMinBytes?: number;
  readonly fetchMaxBytes?: number;
  readonly fetchMaxWaitMs?: number;
  readonly maxPartitionFetchBytes?: number;
  /** How much is fetched ahead of what is consumed. */
  readonly prefetchBytes?: number;
  /** The most that one batch may decompress to. */
  readonly maxDecompressedBytes?: number;
  readonly allowAutoTopicCreation?: boolean;
}

export interface ConsumerSettings {
  readonly groupId: string | null;
  readonly groupInstanceId: string | null;
  readonly assignors: readonly Assignor[];
  readonly rebalanceListener: RebalanceListener;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly autoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  readonly autoOffsetReset: OffsetReset;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxPartitionFetchBytes: number;
  readonly prefetchBytes: number;
  readonly maxDecompressedBytes: number;
  readonly allowAutoTopicCreation: boolean;
}

const builtIn: ReadonlyMap<string, Assignor> = new Map(
  [rangeAssignor, roundRobinAssignor, cooperativeStickyAssignor].map((assignor) => [
    assignor.name,
    assignor,
  ]),
);

export function consumerSettings(options: ConsumerOptions): ConsumerSettings {
  const groupId = options.groupId ?? null;
  if (groupId === '') throw invalidArgument('`groupId` is empty; name a group or leave it out');
  const settings: ConsumerSettings = {
    groupId,
    groupInstanceId: options.groupInstanceId ?? null,
    assignors: (options.assignors ?? ['range', 'cooperative-sticky']).map(assignorOf),
    rebalanceListener: options.rebalanceListener ?? {},
    sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 3000,
    maxPollIntervalMs: options.maxPollIntervalMs ?? 300_000,
    autoCommit: (options.autoCommit ?? true) && groupId !== null,
    autoCommitIntervalMs: options.autoCommitIntervalMs ?? 5000,
    autoOffsetReset: options.autoOffsetReset ?? 'latest',
    fetchMinBytes: options.fetchMinBytes ?? 1,
    fetchMaxBytes: options.fetchMaxBytes ?? 52_428_800,
    fetchMaxWaitMs: options.fetchMaxWaitMs ?? 500,
    maxPartitionFetchBytes: options.maxPartitionFetchBytes ?? 1_048_576,
    prefetchBytes: options.prefetchBytes ?? 16 * 1024 * 1024,
    maxDecompressedBytes: options.maxDecompressedBytes ?? 256 * 1024 * 1024,
    allowAutoTopicCreation: options.allowAutoTopicCreation ?? true,
  };
  if (settings.assignors.length === 0) throw invalidArgument('`assignors` names one at least');
  if (settings.heartbeatIntervalMs >= settings.sessionTimeoutMs) {
    throw invalidArgument('`heartbeatIntervalMs` is lower than `sessionTimeoutMs`');
  }
  return settings;
}

function assignorOf(assignor: AssignorName | Assignor): Assignor {
  if (typeof assignor !== 'string') return assignor;
  const found = builtIn.get(assignor);
  if (found === undefined) {
    throw invalidArgument(
      `there is no assignor ${assignor}; known are ${[...builtIn.keys()].join(', ')}`,
    );
  }
  return found;
}
