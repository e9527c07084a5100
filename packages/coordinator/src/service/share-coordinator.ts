import type { Clock, Timer } from '@tidelog/platform';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { areStorable } from '../group/events.ts';
import { partitionFor } from '../group/partition-for.ts';
import { CoordinatorHost } from '../host/coordinator-host.ts';
import type { CoordinatorLog } from '../host/coordinator-log.ts';
import { CoordinatorFailure } from '../host/failure.ts';
import type {
  ShareStateApi,
  ShareStateCommand,
  ShareStateCommandOf,
  ShareStateReply,
  ShareStateRequest,
  ShareStateResult,
} from '../share-state/commands.ts';
import type { ShareCoordinatorConfig } from '../share-state/config.ts';
import { shareStateCodec, type ShareStateEvent } from '../share-state/events.ts';
import { refused } from '../share-state/refusals.ts';
import { coordinatorKey, type SharePartitionKey } from '../share-state/share-partition-key.ts';
import { ShareStateMachine } from '../share-state/share-state-machine.ts';

/**
 * Keeps the state of share partitions for the leaders of the partitions and for the coordinators of the
 * groups. Nothing rejects: every failure is an error code of a partition.
 */
export type SharePersister = {
  readonly [Api in ShareStateApi as Method<Api>]: (
    request: RequestOf<Api>,
  ) => Promise<ResponseOf<Api>>;
};

/** `WriteShareGroupState` is `writeState`. */
type Method<Api extends ShareStateApi> = Uncapitalize<
  Api extends `${infer Verb}ShareGroup${infer What}` ? `${Verb}${What}` : never
>;

/** A partition of `__share_group_state`; old records can be deleted from it. */
export interface ShareStateLog extends CoordinatorLog {
  /** Makes `offset` the first of the log; gives why not, or null. */
  deleteRecordsBelow(offset: number): KafkaError | null;
}

export interface ShareCoordinatorOptions {
  readonly config: ShareCoordinatorConfig;
  readonly clock: Clock;
  /** How many partitions `__share_group_state` has, or is to have. */
  readonly statePartitionCount: () => number;
  /** How many partitions a topic has; 0 when there is no such topic. */
  readonly partitionCount: (topicId: string) => number;
  /** Told what an operator should know: a failed append, a log that could not be loaded. */
  readonly warn?: (message: string) => void;
}

interface Led {
  readonly host: CoordinatorHost<ShareStateCommand, ShareStateEvent, ShareStateReply>;
  readonly log: ShareStateLog;
  /** The first offset after the last pruning. */
  prunedTo: number;
}

/**
 * The share coordinator (KIP-932), as one broker serves it: the partitions of `__share_group_state` that
 * it leads, and one method for each API.
 *
 * @example
 * const coordinator = new ShareCoordinator({ config, clock, statePartitionCount, partitionCount });
 * coordinator.elected(7, log);
 * const { results } = await coordinator.readState(request);
 */
export class ShareCoordinator implements SharePersister {
  readonly #options: ShareCoordinatorOptions;
  readonly #led = new Map<number, Led>();
  #pruneTimer: Timer | null = null;
  #closed = false;

  constructor(options: ShareCoordinatorOptions) {
    this.#options = options;
    this.#schedulePruning();
  }

  /** The partition of `__share_group_state` that holds a share partition's state. */
  partitionFor(key: SharePartitionKey): number {
    return partitionFor(coordinatorKey(key), this.#options.statePartitionCount());
  }

  /** This broker now leads a partition, or leads it in a new epoch: its state is loaded from the log. */
  elected(partition: number, log: ShareStateLog): void {
    if (this.#closed) return;
    this.resigned(partition);
    const { config, clock, warn } = this.#options;
    const host = new CoordinatorHost<ShareStateCommand, ShareStateEvent, ShareStateReply>({
      log,
      clock,
      codec: shareStateCodec,
      create: ({ maxBatchSizeBytes }) => new ShareStateMachine(config, maxBatchSizeBytes),
      commitTimeoutMs: config.writeTimeoutMs,
      appendLingerMs: config.appendLingerMs,
      warn: (message) => warn?.(`__share_group_state-${partition}: ${message}`),
    });
    this.#led.set(partition, { host, log, prunedTo: 0 });
  }

  /** This broker no longer leads a partition: requests that wait get NOT_COORDINATOR. */
  resigned(partition: number): void {
    this.#led.get(partition)?.host.close();
    this.#led.delete(partition);
  }

  /** Topics are gone, and with them the state of their share partitions. */
  onTopicsDeleted(topics: readonly { readonly id: string }[]): void {
    const topicIds = new Set(topics.map(({ id }) => id));
    for (const { host } of this.#led.values()) void host.submit({ api: 'TopicsDeleted', topicIds });
  }

  /** Resigns from all partitions; requests get COORDINATOR_NOT_AVAILABLE. */
  close(): void {
    this.#closed = true;
    this.#pruneTimer?.cancel();
    for (const partition of this.#led.keys()) this.resigned(partition);
  }

  initializeState(
    request: RequestOf<'InitializeShareGroupState'>,
  ): Promise<ResponseOf<'InitializeShareGroupState'>> {
    return this.#forEachPartition('InitializeShareGroupState', request);
  }

  readState(request: RequestOf<'ReadShareGroupState'>): Promise<ResponseOf<'ReadShareGroupState'>> {
    return this.#forEachPartition('ReadShareGroupState', request);
  }

  writeState(
    request: RequestOf<'WriteShareGroupState'>,
  ): Promise<ResponseOf<'WriteShareGroupState'>> {
    return this.#forEachPartition('WriteShareGroupState', request);
  }

  deleteState(
    request: RequestOf<'DeleteShareGroupState'>,
  ): Promise<ResponseOf<'DeleteShareGroupState'>> {
    return this.#forEachPartition('DeleteShareGroupState', request);
  }

  readStateSummary(
    request: RequestOf<'ReadShareGroupStateSummary'>,
  ): Promise<ResponseOf<'ReadShareGroupStateSummary'>> {
    return this.#forEachPartition('ReadShareGroupStateSummary', request);
  }

  /** A request that leaves out the group, or any topic's partitions, gets an empty answer. */
  async #forEachPartition<Api extends ShareStateApi>(
    api: Api,
    request: ShareStateTopics<Api>,
  ): Promise<{ results: { topicId: string; partitions: ShareStateResult<Api>[] }[] }> {
    const { groupId, topics } = request;
    if (groupId === '' || topics.some(({ partitions }) => partitions.length === 0)) {
      return { results: [] };
    }
    const results = topics.map(async ({ topicId, partitions }) => ({
      topicId,
      partitions: await Promise.all(
        partitions.map((partition) => {
          const key = { groupId, topicId, partition: partition.partition };
          return this.#submit(api, key, partition);
        }),
      ),
    }));
    return { results: await Promise.all(results) };
  }

  async #submit<Api extends ShareStateApi>(
    api: Api,
    key: SharePartitionKey,
    request: ShareStateRequest<Api>,
  ): Promise<ShareStateResult<Api>> {
    // A name that no record can hold never had a state.
    if (!areStorable([key.groupId])) {
      return refused(api, key.partition, { error: errors.INVALID_REQUEST });
    }
    const host = this.#led.get(this.partitionFor(key))?.host;
    if (host === undefined) {
      const error = this.#closed ? errors.COORDINATOR_NOT_AVAILABLE : errors.NOT_COORDINATOR;
      return refused(api, key.partition, { error });
    }
    const partitionExists = key.partition < this.#options.partitionCount(key.topicId);
    const command: ShareStateCommandOf<Api> = { api, key, request, partitionExists };
    const reply = await host.submit(command as unknown as ShareStateCommand);
    if (reply instanceof CoordinatorFailure) {
      return refused(api, key.partition, { error: reply.error });
    }
    return reply as ShareStateResult<Api>;
  }

  #schedulePruning(): void {
    const { clock, config } = this.#options;
    this.#pruneTimer = clock.setTimer(config.pruneIntervalMs, () => {
      for (const [partition, led] of this.#led) void this.#prune(partition, led);
      this.#schedulePruning();
    });
  }

  async #prune(partition: number, led: Led): Promise<void> {
    const offset = await led.host.submit({ api: 'FirstNeededOffset' });
    // Another leader epoch may have begun meanwhile, and a partition that is loaded has its turn later.
    if (typeof offset !== 'number' || offset === led.prunedTo) return;
    if (this.#led.get(partition) !== led) return;
    const error = led.log.deleteRecordsBelow(offset);
    if (error === null) led.prunedTo = offset;
    else this.#options.warn?.(`__share_group_state-${partition} was not pruned: ${error.name}`);
  }
}

/** What the requests of all these APIs have in common. */
interface ShareStateTopics<Api extends ShareStateApi> {
  readonly groupId: string;
  readonly topics: readonly {
    readonly topicId: string;
    readonly partitions: readonly ShareStateRequest<Api>[];
  }[];
}
