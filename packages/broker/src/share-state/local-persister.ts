import type { SharePersister } from '@tidelog/coordinator';
import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { SHARE_STATE_TOPIC } from '../config/internal-topics.ts';
import type { BrokerServices } from '../services.ts';
import { ensureInternalTopic } from '../topics/auto-creation.ts';

/** Errors that pass: the coordinator moves, loads, or its topic has just been created. */
const passing: ReadonlySet<number> = new Set([
  errors.COORDINATOR_NOT_AVAILABLE.code,
  errors.COORDINATOR_LOAD_IN_PROGRESS.code,
  errors.NOT_COORDINATOR.code,
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
]);

/** The first wait before another try; each next one is twice as long. */
const FIRST_WAIT_MS = 20;
/** With the waits between them about 20 s, in the order of what Kafka gives a coordinator to appear. */
const TRIES = 11;

interface Request<P> {
  readonly groupId: string;
  readonly topics: { topicId: string; partitions: P[] }[];
}

interface Result<R> {
  readonly topicId: string;
  readonly partitions: readonly R[];
}

type Call<P, R> = (request: Request<P>) => Promise<{ results: readonly Result<R>[] }>;

/**
 * Keeps the state of share partitions at this broker's share coordinator, which leads all partitions of
 * `__share_group_state`. The topic is created with the first request; what fails for reasons that pass
 * is tried again, partition by partition.
 */
export class LocalPersister implements SharePersister {
  readonly #broker: BrokerServices;
  /** Ends the waits between tries. */
  readonly #wakes = new Set<() => void>();
  #closed = false;

  constructor(broker: BrokerServices) {
    this.#broker = broker;
  }

  /** Nothing is tried again. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#wakes) wake();
  }

  initializeState(
    request: RequestOf<'InitializeShareGroupState'>,
  ): Promise<ResponseOf<'InitializeShareGroupState'>> {
    return this.#persist(request, (part) => this.#broker.shareState.initializeState(part));
  }

  readState(request: RequestOf<'ReadShareGroupState'>): Promise<ResponseOf<'ReadShareGroupState'>> {
    return this.#persist(request, (part) => this.#broker.shareState.readState(part));
  }

  writeState(
    request: RequestOf<'WriteShareGroupState'>,
  ): Promise<ResponseOf<'WriteShareGroupState'>> {
    return this.#persist(request, (part) => this.#broker.shareState.writeState(part));
  }

  deleteState(
    request: RequestOf<'DeleteShareGroupState'>,
  ): Promise<ResponseOf<'DeleteShareGroupState'>> {
    return this.#persist(request, (part) => this.#broker.shareState.deleteState(part));
  }

  readStateSummary(
    request: RequestOf<'ReadShareGroupStateSummary'>,
  ): Promise<ResponseOf<'ReadShareGroupStateSummary'>> {
    return this.#persist(request, (part) => this.#broker.shareState.readStateSummary(part));
  }

  async #persist<
    P extends { readonly partition: number },
    R extends { readonly partition: number; readonly errorCode: number },
  >(request: Request<P>, call: Call<P, R>): Promise<{ results: Result<R>[] }> {
    const topic = this.#broker.internalTopics.get(SHARE_STATE_TOPIC)!;
    const { groupId, topics } = request;
    const found = new Map(topics.map(({ topicId }) => [topicId, new Map<number, R>()]));
    let open = topics;
    let waitMs = FIRST_WAIT_MS;
    for (let tries = 1; ; tries++) {
      await ensureInternalTopic(this.#broker, topic);
      const { results } = await call({ groupId, topics: open });
      for (const { topicId, partitions } of results) {
        for (const result of partitions) found.get(topicId)?.set(result.partition, result);
      }
      open = failedPassingly(topics, found);
      if (open.length === 0 || tries === TRIES || this.#closed) break;
      await this.#wait(waitMs);
      waitMs *= 2;
    }
    const results = [...found].map(([topicId, partitions]) => ({
      topicId,
      partitions: [...partitions.values()],
    }));
    return { results };
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakes.delete(wake);
        timer.cancel();
        resolve();
      };
      const timer = this.#broker.clock.setTimer(waitMs, wake);
      this.#wakes.add(wake);
    });
  }
}

/** The part of a request that may succeed another time. */
function failedPassingly<P extends { readonly partition: number }>(
  topics: Request<P>['topics'],
  found: ReadonlyMap<string, ReadonlyMap<number, { readonly errorCode: number }>>,
): Request<P>['topics'] {
  return topics
    .map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.filter(({ partition }) =>
        passing.has(found.get(topicId)?.get(partition)?.errorCode ?? 0),
      ),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}
