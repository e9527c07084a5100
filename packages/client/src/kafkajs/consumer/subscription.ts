import { KafkaJSNonRetriableError } from '../errors.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { CoreConsumer } from './runner.ts';

export type ConsumerSubscribeTopics = { readonly fromBeginning?: boolean } & (
  | { readonly topics: (string | RegExp)[] }
  | { readonly topic: string | RegExp }
);

/** The topics of a consumer, each with where to begin in it when nothing is committed. */
export class Subscription {
  readonly #fromBeginning = new Map<string, boolean>();

  /** `allTopics` is asked when there is a pattern. */
  async add(
    subscription: ConsumerSubscribeTopics,
    allTopics: () => Promise<string[]>,
  ): Promise<void> {
    const wanted = 'topics' in subscription ? subscription.topics : [subscription.topic];
    for (const topic of wanted) {
      if (typeof topic !== 'string' && !(topic instanceof RegExp)) {
        throw new KafkaJSNonRetriableError(
          `Invalid topic ${String(topic)} (${typeof topic}), the topic name has to be a String or a RegExp`,
        );
      }
    }
    const hasPattern = wanted.some((topic) => topic instanceof RegExp);
    const known = hasPattern ? await allTopics() : [];
    for (const topic of wanted) {
      const names = typeof topic === 'string' ? [topic] : known.filter((name) => topic.test(name));
      for (const name of names) {
        this.#fromBeginning.set(name, subscription.fromBeginning ?? false);
      }
    }
  }

  get topics(): string[] {
    return [...this.#fromBeginning.keys()];
  }

  /** What holds for all topics but those that `place` looks after. */
  get mostlyFromBeginning(): boolean {
    return [...this.#fromBeginning.values()].some((fromBeginning) => fromBeginning);
  }

  /** Topics of one consumer may begin in different places: those at the end go there here. */
  async place(core: CoreConsumer, partitions: readonly TopicPartition[]): Promise<void> {
    if (!this.mostlyFromBeginning) return;
    const fromEnd = partitions.filter(({ topic }) => this.#fromBeginning.get(topic) === false);
    if (fromEnd.length === 0) return;
    const committed = await core.committed(fromEnd);
    for (const { topic, partition } of fromEnd) {
      const isCommitted = committed.some((at) => at.topic === topic && at.partition === partition);
      if (!isCommitted) core.seek({ topic, partition }, 'latest');
    }
  }
}
