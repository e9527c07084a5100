import type { ConfigResource } from './configs-image.ts';
import { configResourceKey } from './configs-image.ts';
import type { TopicImage } from './topic.ts';

/** Parts of the image that are small, or read rarely: they only tell that they changed. */
export type ImagePart =
  | 'features'
  | 'producerIds'
  | 'clientQuotas'
  | 'acls'
  | 'scram'
  | 'delegationTokens';

export interface TopicDelta {
  /** As it is now; as it was last where it is deleted. */
  readonly topic: TopicImage;
  created: boolean;
  deleted: boolean;
  /** Ids of the partitions that are new or changed. */
  readonly partitions: Set<number>;
}

/** What a batch of committed records changed. */
export class MetadataDelta {
  /** By topic id. A topic that came and went within the batch is not there. */
  readonly topics = new Map<string, TopicDelta>();
  readonly brokers = new Set<number>();
  readonly controllers = new Set<number>();
  readonly parts = new Set<ImagePart>();
  readonly #configs = new Map<string, ConfigResource>();

  /** The resources whose configs changed. */
  get configs(): IterableIterator<ConfigResource> {
    return this.#configs.values();
  }

  get isEmpty(): boolean {
    const sizes = [this.topics, this.brokers, this.controllers, this.parts, this.#configs];
    return sizes.every(({ size }) => size === 0);
  }

  topicCreated(topic: TopicImage): void {
    this.#topic(topic).created = true;
  }

  topicDeleted(topic: TopicImage): void {
    const delta = this.#topic(topic);
    delta.deleted = true;
    if (delta.created) this.topics.delete(topic.id);
  }

  partitionChanged(topic: TopicImage, partition: number): void {
    this.#topic(topic).partitions.add(partition);
  }

  configsChanged(resource: ConfigResource): void {
    this.#configs.set(configResourceKey(resource), resource);
  }

  #topic(topic: TopicImage): TopicDelta {
    const known = this.topics.get(topic.id);
    if (known !== undefined) return known;
    const delta = { topic, created: false, deleted: false, partitions: new Set<number>() };
    this.topics.set(topic.id, delta);
    return delta;
  }
}
