import { DiskFullError, type LogConfig, type LogDirectory, StorageError } from '@tidelog/log';
import type { MetadataChange, MetadataImage, TopicDelta, TopicImage } from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import { isInternalTopic } from '../config/internal-topics.ts';
import type { TrafficMeter } from '../metrics/traffic.ts';
import type { LogDirectories } from './log-directories.ts';
import { type Durability, Partition } from './partition.ts';
import { PacedWork } from './paced-work.ts';
import type { ReplicaHosting } from './replica-hosting.ts';

/** To make the log of a new partition takes 0.1 to 0.3 ms, and so does to rename one that goes. */
const LOGS_IN_A_TURN = 16;

export interface PartitionsOptions {
  readonly brokerId: number;
  readonly hosting: ReplicaHosting;
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

interface PartitionOfTopic {
  readonly topic: TopicImage;
  readonly index: number;
}

interface OfflinePartition extends PartitionOfTopic {
  /** For lack of space, which may come. */
  readonly isFull: boolean;
}

/** The partitions that this broker hosts, kept as the metadata image says. */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #byTopic = new Map<string, (Partition | undefined)[]>();
  readonly #settings = new Map<string, TopicSettings>();
  /** Partitions of this broker without a log, by `topic-partition`. */
  readonly #offline = new Map<string, OfflinePartition>();

  /** New partitions of this broker whose logs are not made yet, by `topic-partition`. */
  readonly #coming: PacedWork<PartitionOfTopic>;
  /** Partitions that are gone, but for the names of their logs. */
  readonly #leaving: PacedWork<PartitionOfTopic>;

  constructor(options: PartitionsOptions) {
    this.#options = options;
    const { clock, hosting } = options;
    const paced = (work: (part: PartitionOfTopic) => void): PacedWork<PartitionOfTopic> =>
      new PacedWork({ clock, partsInTurn: LOGS_IN_A_TURN, work });
    this.#coming = paced(({ topic, index }) => this.#place(topic, index, { isNew: true }));
    this.#leaving = paced(({ topic, index }) =>
      hosting.places.remove(topic.name, index, clock.now()),
    );
  }

  get directories(): LogDirectories {
    return this.#options.hosting.directories;
  }

  /** The partition, or why this broker cannot serve it. One that is new is made now if it can be. */
  find(topic: string, index: number): Partition | KafkaError {
    const partition = this.#byTopic.get(topic)?.[index];
    if (partition?.offline === null) return partition;
    if (partition !== undefined) return errors.KAFKA_STORAGE_ERROR;
    const name = `${topic}-${index}`;
    if (this.#coming.has(name)) {
      return this.#coming.prefer(name) ? this.find(topic, index) : errors.NOT_LEADER_OR_FOLLOWER;
    }
    return this.#offline.has(name) ? errors.KAFKA_STORAGE_ERROR : errors.UNKNOWN_TOPIC_OR_PARTITION;
  }

  /** Undefined also where its log is still to be made. */
  get(topic: string, index: number): Partition | undefined {
    return this.#byTopic.get(topic)?.[index];
  }

  /** Whether the partition's log is still to be made, in one of the next turns. */
  isComing(topic: string, index: number): boolean {
    return this.#coming.has(`${topic}-${index}`);
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

  /** Makes the log start offsets of all logs durable. Rejects with a StorageError when a disk fails now. */
  async saveLogStartOffsets(): Promise<void> {
    const saves = Array.from(this.directories.online, (each) => each.saveLogStartOffsets());
    await Promise.all(saves);
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
    this.#options.hosting.places.keepOne(image);
    for (const directory of this.directories.online) {
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
      topic.partitions.forEach((_, index) => this.#place(topic, index, { isNew: false }));
    }
    this.#resumeMoves();
  }

  /** The partition, which is not here, is to be created there. */
  prefer(topic: string, index: number, directory: LogDirectory): void {
    this.#options.hosting.places.prefer(topic, index, directory);
  }

  /** Moves a replica there; another move of it ends. @throws StorageError */
  moveTo(partition: Partition, directory: LogDirectory): void {
    const { moves } = this.#options.hosting;
    if (moves.targetOf(partition) === directory) return;
    moves.cancel(partition);
    const isThere = directory.log(partition.topic, partition.index) === partition.log;
    if (!isThere) moves.start(partition, directory);
  }

  /** What could not be opened for lack of space is tried again. Call about once a second. */
  tick(): void {
    for (const { topic, index, isFull } of Array.from(this.#offline.values())) {
      const isUsual = this.directories.online.every(({ context }) => !context.reserve?.isFull);
      if (isFull && isUsual) this.#place(topic, index, { isNew: true });
    }
  }

  /** Everything in the directory is KAFKA_STORAGE_ERROR from now on. */
  directoryFailed(path: string, reason: string): void {
    const directory = this.directories.byPath(path)?.directory ?? null;
    if (directory === null) return;
    this.#options.hosting.moves.directoryFailed(directory);
    for (const partition of this.all()) {
      if (directory.log(partition.topic, partition.index) === partition.log) {
        partition.goOffline(reason);
      }
    }
  }

  apply({ delta }: MetadataChange): void {
    for (const topicDelta of delta.topics.values()) {
      if (topicDelta.deleted) this.#remove(topicDelta);
      else for (const index of topicDelta.partitions) this.#bring(topicDelta.topic, index);
    }
    this.#leaving.goOn();
    this.#coming.goOn();
  }

  /** Makes and removes all that is still to be, and what may yet come at once: for a stop. */
  finish(): void {
    this.#leaving.finish();
    this.#coming.finish();
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

  /** Brings one in line with the image, or will: what is new can wait for its log. */
  #bring(topic: TopicImage, index: number): void {
    const name = `${topic.name}-${index}`;
    const isNew = this.get(topic.name, index) === undefined && !this.#offline.has(name);
    // Whoever asks for a coordinator would have to come back.
    if (!isNew || isInternalTopic(topic.name)) return this.#place(topic, index, { isNew: true });
    const hosted = topic.partitions[index]!.replicas.includes(this.#options.brokerId);
    if (hosted) this.#coming.add(name, { topic, index });
  }

  /** Brings one partition in line with the image. */
  #place(topic: TopicImage, index: number, { isNew }: { readonly isNew: boolean }): void {
    const image = topic.partitions[index]!;
    const hosted = image.replicas.includes(this.#options.brokerId);
    if (!hosted) return;
    const name = `${topic.name}-${index}`;
    try {
      const known = this.#offline.get(name);
      const mayCreate = isNew && (known === undefined || known.isFull);
      const partition = this.get(topic.name, index) ?? this.#open(topic, index, mayCreate);
      this.#offline.delete(name);
      const led = partition.isLeader ? partition.leaderEpoch : -1;
      partition.applyImage(image);
      if (partition.isLeader && partition.leaderEpoch !== led) this.#options.onLeader(partition);
      else if (led >= 0 && !partition.isLeader) this.#options.onNoLeader(partition);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const isFull = error instanceof DiskFullError;
      if (!this.#offline.has(name)) this.#options.warn(`${name} is offline: ${error.message}`);
      this.#offline.set(name, { topic, index, isFull });
    }
  }

  /** @throws StorageError when there is no log to be had */
  #open(topic: TopicImage, index: number, mayCreate: boolean): Partition {
    const { brokerId, clock, hosting, traffic } = this.#options;
    const { places } = hosting;
    this.#leaving.doNow(`${topic.name}-${index}`);
    const directory = places.directoryFor(topic, index, mayCreate);
    const log = directory.createLog(topic.name, index, { topicId: topic.id, now: clock.now() });
    const partition = new Partition({
      topic: topic.name,
      topicId: topic.id,
      index,
      brokerId,
      log,
      clock,
      durability: this.settings(topic.name).durability,
      traffic: traffic.of(topic.name),
    });
    this.#configure(partition);
    const list = this.#byTopic.get(topic.name) ?? [];
    list[index] = partition;
    this.#byTopic.set(topic.name, list);
    places.tell(topic, index, directory);
    return partition;
  }

  /** Moves that a stop or a crash interrupted go on; futures of what is not here any more go. */
  #resumeMoves(): void {
    const now = this.#options.clock.now();
    for (const directory of this.directories.online) {
      for (const { topic, partition: index } of Array.from(directory.futureLogs)) {
        const partition = this.get(topic, index);
        const isMove = partition !== undefined && directory.log(topic, index) === undefined;
        if (isMove && partition.offline === null)
          this.#options.hosting.moves.start(partition, directory);
        else if (!this.#offline.has(`${topic}-${index}`)) directory.deleteFuture(topic, index, now);
      }
    }
  }

  #remove({ topic }: TopicDelta): void {
    for (const partition of this.#byTopic.get(topic.name) ?? []) {
      if (partition === undefined || partition.topicId !== topic.id) continue;
      const led = partition.isLeader;
      partition.close();
      if (led) this.#options.onNoLeader(partition);
      this.#options.hosting.moves.cancel(partition);
      this.#leaving.add(`${topic.name}-${partition.index}`, { topic, index: partition.index });
      this.#byTopic.get(topic.name)![partition.index] = undefined;
    }
    this.#byTopic.delete(topic.name);
    this.#settings.delete(topic.name);
    this.#options.traffic.forget(topic.name);
    topic.partitions.forEach((_, index) => {
      this.#coming.remove(`${topic.name}-${index}`);
      if (!this.#offline.delete(`${topic.name}-${index}`)) return;
      this.#options.hosting.places.remove(topic.name, index, this.#options.clock.now());
    });
  }
}
