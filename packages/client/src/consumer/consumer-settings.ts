import { invalidArgument } from '../client-error.ts';
import { type IsolationLevel, isolationLevels } from '../cluster/list-offsets.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { Assignor } from './assignors/assignor.ts';
import { cooperativeStickyAssignor } from './assignors/cooperative-sticky.ts';
import { rangeAssignor } from './assignors/range.ts';
import { roundRobinAssignor } from './assignors/round-robin.ts';
import { stickyAssignor } from './assignors/sticky.ts';
import { type OffsetReset, resetSpecOf, type StartSpec } from './start-spec.ts';

/** Told of changes to the assignment; the rebalance waits for the promises. */
export interface RebalanceListener {
  /** New partitions, before the first of their messages. */
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions that go elsewhere; offsets can still be committed. */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions that someone else has already; nothing can be committed any more. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

export type GroupProtocol = 'classic' | 'consumer';

export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky';

/** Java's names in camel case, with Java's defaults. */
export interface ConsumerOptions {
  readonly groupId?: string;
  /**
   * How the group shares out its partitions: `classic`, by one of its members, or `consumer`, by the broker,
   * without a stop of all members at each change (KIP-848, Kafka 4.0; `group.protocol`).
   */
  readonly groupProtocol?: GroupProtocol;
  /** In the protocol `consumer`: the broker's assignor, `uniform` or `range` (`group.remote.assignor`). */
  readonly groupRemoteAssignor?: string;
  /** Where the consumer is, for assignors and for reading from a replica nearby (`client.rack`). */
  readonly rackId?: string;
  /** A name of its own makes the member static: a restart within the session timeout is no rebalance. */
  readonly groupInstanceId?: string;
  /** In the protocol `classic`, in order of preference; cooperative when all of them are. */
  readonly assignors?: readonly (AssignorName | Assignor)[];
  readonly rebalanceListener?: RebalanceListener;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** A member that takes longer over a message, or a batch, leaves its group. */
  readonly maxPollIntervalMs?: number;
  readonly autoCommit?: boolean;
  readonly autoCommitIntervalMs?: number;
  /** Where to start without a committed offset, and when an offset is gone (`auto.offset.reset`). */
  readonly autoOffsetReset?: OffsetReset;
  /** With `read_committed` only messages of committed transactions, and those of none (`isolation.level`). */
  readonly isolationLevel?: IsolationLevel;
  /** Compares each batch with its checksum (`check.crcs`). */
  readonly checkCrcs?: boolean;
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
  readonly groupProtocol: GroupProtocol;
  readonly groupRemoteAssignor: string | null;
  readonly rackId: string | null;
  readonly groupInstanceId: string | null;
  readonly assignors: readonly Assignor[];
  readonly rebalanceListener: RebalanceListener;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly autoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  /** Null: nowhere. */
  readonly autoOffsetReset: StartSpec | null;
  readonly isolationLevel: IsolationLevel;
  readonly checkCrcs: boolean;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxPartitionFetchBytes: number;
  readonly prefetchBytes: number;
  readonly maxDecompressedBytes: number;
  readonly allowAutoTopicCreation: boolean;
}

const builtIn: ReadonlyMap<string, Assignor> = new Map(
  [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor].map((assignor) => [
    assignor.name,
    assignor,
  ]),
);

export function consumerSettings(options: ConsumerOptions): ConsumerSettings {
  const groupId = options.groupId ?? null;
  if (groupId === '') throw invalidArgument('`groupId` is empty; name a group or leave it out');
  const settings: ConsumerSettings = {
    groupId,
    groupProtocol: groupProtocolOf(options),
    groupRemoteAssignor: options.groupRemoteAssignor ?? null,
    rackId: options.rackId ?? null,
    groupInstanceId: options.groupInstanceId ?? null,
    assignors: (options.assignors ?? ['range', 'cooperative-sticky']).map(assignorOf),
    rebalanceListener: options.rebalanceListener ?? {},
    sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 3000,
    maxPollIntervalMs: options.maxPollIntervalMs ?? 300_000,
    autoCommit: (options.autoCommit ?? true) && groupId !== null,
    autoCommitIntervalMs: options.autoCommitIntervalMs ?? 5000,
    autoOffsetReset: resetSpecOf(options.autoOffsetReset ?? 'latest'),
    isolationLevel: options.isolationLevel ?? 'read_uncommitted',
    checkCrcs: options.checkCrcs ?? true,
    fetchMinBytes: options.fetchMinBytes ?? 1,
    fetchMaxBytes: options.fetchMaxBytes ?? 52_428_800,
    fetchMaxWaitMs: options.fetchMaxWaitMs ?? 500,
    maxPartitionFetchBytes: options.maxPartitionFetchBytes ?? 1_048_576,
    prefetchBytes: options.prefetchBytes ?? 16 * 1024 * 1024,
    maxDecompressedBytes: options.maxDecompressedBytes ?? 256 * 1024 * 1024,
    allowAutoTopicCreation: options.allowAutoTopicCreation ?? true,
  };
  if (isolationLevels[settings.isolationLevel] === undefined) {
    throw invalidArgument('`isolationLevel` is read_uncommitted or read_committed');
  }
  if (settings.assignors.length === 0) throw invalidArgument('`assignors` names one at least');
  if (settings.heartbeatIntervalMs >= settings.sessionTimeoutMs) {
    throw invalidArgument('`heartbeatIntervalMs` is lower than `sessionTimeoutMs`');
  }
  return settings;
}

/** What the broker decides in one protocol cannot be asked for in the other. */
function groupProtocolOf(options: ConsumerOptions): GroupProtocol {
  const protocol = options.groupProtocol ?? 'classic';
  if (protocol !== 'classic' && protocol !== 'consumer') {
    throw invalidArgument(`\`groupProtocol\` is classic or consumer, not ${String(protocol)}`);
  }
  const others =
    protocol === 'classic'
      ? (['groupRemoteAssignor'] as const)
      : (['assignors', 'sessionTimeoutMs', 'heartbeatIntervalMs'] as const);
  for (const name of others) {
    if (options[name] === undefined) continue;
    throw invalidArgument(`\`${name}\` has no meaning in the group protocol ${protocol}`);
  }
  return protocol;
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
