import { type LogConfig, type LogDirectory, StorageError } from '@tidelog/log';
import type { MetadataChange, MetadataImage, TopicDelta, TopicImage } from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { TrafficMeter } from '../metrics/traffic.ts';
import { type Durability, Partition } from './partition.ts';

export interface PartitionsOptions {
  readonly brokerId: number;
  readonly directories: readonly LogDirectory[];
  readonly clock: Clock;
  readonly traffic: TrafficMeter;
  /** The effective configuration of a topic. */
  readonly settingsOf: (topic: string) => TopicSettings;
  /** Told of leadership, in the order of the metadata log. */
  readonly onLeader: (partition: Partition) => void;
  readonly onNoLeader: (partition: Partition) => void;
  readonly warn: (message: string) => void;
}

export interface TopicSettings {
  readonly log: LogConfig;
  readonly durability: Durability;
  readonly minInSyncReplicas: number;
}

/** The partitions that this broker hosts, kept as the metadata image says. */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #byTopic = new Map<string, (Partition | undefined)[]>();
  readonly #settings = new Map<string, TopicSettings>();
  /** Partitions of this broker whose log cannot be used, by `topic-partition`, with the reason. */
  readonly #offline = new Map<string, string>();

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  get directories(): readonly LogDirectory[] {
    return this.#options.directories;
  }

  /** The partition, or why this broker cannot serve it. */
  find(topic: string, index: number): Partition | KafkaError {
    const partition = this.#byTopic.get(topic)?.[index];
    if (partition !== undefined) return partition;
    return this.#offline.has(`${topic}-${index}`)
      ? errors.KAFKA_STORAGE_ERROR
      : errors.UNKNOWN_TOPIC_OR_PARTITION;
  }

  get(topic: string, index: number): Partition | undefined {
    return this.#byTopic.get(topic)?.[index];
  }

  *all(): Generator<Partition> {
    for (const partitions of this.#byTopic.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition;
    }
  }

  /**
   * Resolves when all that the logs hold can be read. After a crash it has to become durable first, and
   * until then clients would see less than they saw before.
   */
  async visible(): Promise<void> {
    const behind = Array.from(this.all()).filter(
      ({ highWatermark, log }) => highWatermark < log.logEndOffset,
    );
    await Promise.allSettled(behind.map(({ log }) => log.flushed(log.logEndOffset)));
  }

  /** Makes the log start offsets of all logs durable. Throws a StorageError when a disk fails now. */
  saveLogStartOffsets(): void {
    for (const directory of this.directories) {
      if (directory.failure === null) directory.saveLogStartOffsets();
    }
  }

  settings(topic: string): TopicSettings {
    let settings = this.#settings.get(topic);
    if (settings === undefined) {
      settings = this.#options.settingsOf(topic);
      this.#settings.set(topic, settings);
    }
    return settings;
  }

  /** Takes on what the image says at start, and sets logs aside that it does not know. */
  load(image: MetadataImage): void {
    for (const directory of this.directories) {
      for (const log of Array.from(directory.logs)) {
        const topic = image.topics.byName(log.topic);
        const hosted = topic?.partitions[log.partition]?.replicas.includes(this.#options.brokerId);
        const same = log.topicId === null || log.topicId === topic?.id;
        if (hosted === true && same) continue;
        this.#options.warn(`${log.topic}-${log.partition} is not in the metadata: set aside`);
        directory.setAside(log.topic, log.partition);
      }
    }
    for (const topic of image.topics.all()) {
      topic.partitions.forEach((_, index) => this.#place(topic, index));
    }
  }

  apply({ delta }: MetadataChange): void {
    for (const topicDelta of delta.topics.values()) {
      if (topicDelta.deleted) this.#remove(topicDelta);
      else for (const index of topicDelta.partitions) this.#place(topicDelta.topic, index);
    }
  }

  /** The configuration of a topic, or of the broker (undefined), has changed. */
  reconfigure(topic?: string): void {
    const names = topic === undefined ? [...this.#byTopic.keys()] : [topic];
    if (topic === undefined) this.#settings.clear();
    for (const name of names) {
      this.#settings.delete(name);
      for (const partition of this.#byTopic.get(name) ?? []) {
        if (partition !== undefined) this.#configure(partition);
      }
    }
  }

  #configure(partition: Partition): void {
    const { log, durability } = this.settings(partition.topic);
    partition.log.updateConfig(log);
    partition.setDurability(durability);
  }

  /** Brings one partition in line with the image. */
  #place(topic: TopicImage, index: number): void {
    const image = topic.partitions[index]!;
    const hosted = image.replicas.includes(this.#options.brokerId);
    if (!hosted) return;
    let partition = this.get(topic.name, index);
    partition ??= this.#open(topic, index);
    if (partition === undefined) return;
    const led = partition.isLeader ? partition.leaderEpoch : -1;
    partition.applyImage(image);
    if (partition.isLeader && partition.leaderEpoch !== led) this.#options.onLeader(partition);
    else if (led >= 0 && !partition.isLeader) this.#options.onNoLeader(partition);
  }

  #open(topic: TopicImage, index: number): Partition | undefined {
    const { brokerId, clock } = this.#options;
    const directory = this.#directoryOf(topic.name, index);
    try {
      const now = clock.now();
      const log = directory.createLog(topic.name, index, { topicId: topic.id, now });
      const partition = new Partition({
        topic: topic.name,
        topicId: topic.id,
        index,
        brokerId,
        log,
        clock,
        durability: this.settings(topic.name).durability,
        traffic: this.#options.traffic.of(topic.name),
      });
      this.#configure(partition);
      const list = this.#byTopic.get(topic.name) ?? [];
      list[index] = partition;
      this.#byTopic.set(topic.name, list);
      return partition;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#offline.set(`${topic.name}-${index}`, error.message);
      this.#options.warn(`${topic.name}-${index} is offline: ${error.message}`);
      return undefined;
    }
  }

  /** Where the log is, or for a new one the directory with the fewest logs. */
  #directoryOf(topic: string, index: number): LogDirectory {
    const existing = this.directories.find((directory) => directory.log(topic, index));
    if (existing !== undefined) return existing;
    const usable = this.directories.filter(({ failure }) => failure === null);
    const candidates = usable.length > 0 ? usable : this.directories;
    return candidates.reduce((best, next) => (next.logCount < best.logCount ? next : best));
  }

  #remove({ topic }: TopicDelta): void {
    const now = this.#options.clock.now();
    for (const partition of this.#byTopic.get(topic.name) ?? []) {
      if (partition === undefined || partition.topicId !== topic.id) continue;
      const led = partition.isLeader;
      partition.close();
      if (led) this.#options.onNoLeader(partition);
      for (const directory of this.directories) {
        directory.deleteLog(topic.name, partition.index, now);
      }
      this.#byTopic.get(topic.name)![partition.index] = undefined;
    }
    this.#byTopic.delete(topic.name);
    this.#settings.delete(topic.name);
    this.#options.traffic.forget(topic.name);
    topic.partitions.forEach((_, index) => this.#offline.delete(`${topic.name}-${index}`));
  }
}
