import { errors } from '@tidelog/protocol';
import { asClientError, brokerError, closedError, KafkaClientError } from '../client-error.ts';
import type { CallOptions, Cluster } from '../cluster/cluster.ts';
import { FailedItemsError } from './failed-items.ts';
import type { Route, Target } from './routes.ts';

/** A topic that does not exist is no reason to wait for it much longer than one that was just created. */
const UNKNOWN_TOPIC_MS = 500;

/** Options of a call that is about many things. */
export interface ItemOptions<Item> extends CallOptions {
  /**
   * Is told of each item that failed, and the call then resolves to what succeeded. Without it the call
   * throws: the item's own error when one failed, otherwise a `FailedItemsError`.
   */
  readonly onFailure?: ((error: KafkaClientError, item: Item) => void) | undefined;
}

/** What a broker says of one item. */
interface Answer {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
}

/** Takes the answer for the item of this key, with what the call resolves to if it is no error. */
export type Heard<Result> = (key: string, answer: Answer, result: Result) => void;

/** A call about many things: one request for each broker, repeated for those that may yet succeed. */
export interface ItemOperation<Item, Result> {
  readonly route: Route<Item>;
  /** Items with the same key are asked for once. */
  readonly keyOf: (item: Item) => string;
  /** How an error names the item. */
  readonly subjectOf: (item: Item) => string;
  /** Asks one broker; what it throws is the failure of all these items. */
  readonly ask: (
    target: Target,
    items: readonly Item[],
    heard: Heard<Result>,
  ) => Promise<void> | void;
  /** Errors that are an answer, though the same request may succeed later. */
  readonly finalCodes?: readonly string[] | 'all';
}

/** How the operations of an admin are carried out: with retries, until their time is over. */
export class AdminCalls {
  readonly cluster: Cluster;
  isClosed = false;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** One thing: tried again until it succeeds, fails for good, or its time is over. */
  once<Result>(call: () => Promise<Result>, options: CallOptions = {}): Promise<Result> {
    if (this.isClosed) return Promise.reject(closedError('admin'));
    return this.cluster.retry(call, { unknownTopicMs: UNKNOWN_TOPIC_MS, ...options });
  }

  /** Many things: the results in the order of the items, without those that failed. */
  async each<Item, Result>(
    items: readonly Item[],
    operation: ItemOperation<Item, Result>,
    options: ItemOptions<Item> = {},
  ): Promise<Result[]> {
    const rounds = new ItemRounds(items, operation);
    try {
      await this.once(() => rounds.next(), options);
    } catch (error) {
      rounds.giveUp(error);
    }
    const failed: KafkaClientError[] = [];
    for (const [item, error] of rounds.failures()) {
      if (options.onFailure === undefined) failed.push(error);
      else options.onFailure(error, item);
    }
    const [first, ...others] = failed;
    if (first !== undefined) {
      throw others.length === 0 ? first : new FailedItemsError([first, ...others], rounds.size);
    }
    return rounds.results();
  }
}

type Outcome<Result> = { readonly result: Result } | { readonly error: KafkaClientError };

/** Which items have an outcome, and which are to be asked for again. */
class ItemRounds<Item, Result> {
  readonly #operation: ItemOperation<Item, Result>;
  readonly #items = new Map<string, Item>();
  readonly #outcomes = new Map<string, Outcome<Result>>();
  /** The last error of those without an outcome. */
  readonly #waiting = new Map<string, KafkaClientError>();

  constructor(items: readonly Item[], operation: ItemOperation<Item, Result>) {
    this.#operation = operation;
    for (const item of items) {
      const key = operation.keyOf(item);
      if (!this.#items.has(key)) this.#items.set(key, item);
    }
  }

  get size(): number {
    return this.#items.size;
  }

  /** Asks for all that has no outcome yet; throws a retriable error when some have none after it. */
  async next(): Promise<void> {
    const { route, keyOf } = this.#operation;
    const left = [...this.#items.values()].filter((item) => !this.#outcomes.has(keyOf(item)));
    if (left.length === 0) return;
    const again = left.filter((item) => this.#waiting.has(keyOf(item)));
    if (again.length > 0) await route.moved?.(again);
    const plan = await route.plan(left, (item, error) => this.#failed(item, error));
    await Promise.all(
      Array.from(plan, async ([target, items]) => {
        try {
          await this.#operation.ask(target, items, (key, answer, result) =>
            this.#heard(key, answer, result),
          );
          for (const item of items) this.#checkAnswered(item);
        } catch (error) {
          const failure = asClientError(error);
          if (!(failure instanceof KafkaClientError)) throw failure;
          for (const item of items) this.#failed(item, failure);
        }
      }),
    );
    this.#throwWaiting();
  }

  /** No more rounds: the last error of each item that waits is its outcome. */
  giveUp(error: unknown): void {
    const isOfItem = [...this.#waiting.values()].includes(error as KafkaClientError);
    if (!isOfItem) throw error;
    for (const [key, error] of this.#waiting) this.#outcomes.set(key, { error });
  }

  results(): Result[] {
    return [...this.#items.keys()].flatMap((key) => {
      const outcome = this.#outcomes.get(key)!;
      return 'result' in outcome ? [outcome.result] : [];
    });
  }

  *failures(): Generator<[Item, KafkaClientError]> {
    for (const [key, item] of this.#items) {
      const outcome = this.#outcomes.get(key)!;
      if ('error' in outcome) yield [item, outcome.error];
    }
  }

  #heard(key: string, { errorCode, errorMessage }: Answer, result: Result): void {
    const item = this.#items.get(key);
    if (item === undefined || this.#outcomes.has(key)) return;
    if (errorCode !== errors.NONE.code) {
      const subject = this.#operation.subjectOf(item);
      this.#failed(item, brokerError(errorCode, subject, errorMessage ?? null));
    } else {
      this.#waiting.delete(key);
      this.#outcomes.set(key, { result });
    }
  }

  #failed(item: Item, error: KafkaClientError): void {
    const key = this.#operation.keyOf(item);
    if (this.#outcomes.has(key)) return;
    if (error.retriable && !this.#isFinal(error.code)) {
      this.#waiting.set(key, error);
    } else {
      this.#waiting.delete(key);
      this.#outcomes.set(key, { error });
    }
  }

  #isFinal(code: string): boolean {
    const { finalCodes = [] } = this.#operation;
    return finalCodes === 'all' || finalCodes.includes(code);
  }

  #checkAnswered(item: Item): void {
    const key = this.#operation.keyOf(item);
    if (this.#outcomes.has(key) || this.#waiting.has(key)) return;
    const { code } = errors.UNKNOWN_SERVER_ERROR;
    const detail = 'the broker left it out of its answer';
    this.#failed(item, brokerError(code, this.#operation.subjectOf(item), detail));
  }

  /** One that waits for a topic gets little time, so the others speak first. */
  #throwWaiting(): void {
    const waiting = [...this.#waiting.values()];
    const error = waiting.find(({ code }) => !code.startsWith('UNKNOWN_TOPIC_')) ?? waiting[0];
    if (error !== undefined) throw error;
  }
}
