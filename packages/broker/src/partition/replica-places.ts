import { type LogDirectory, StorageError } from '@tidelog/log';
import {
  DIRECTORY_MIGRATING,
  DIRECTORY_UNASSIGNED,
  type MetadataImage,
  type TopicImage,
} from '@tidelog/metadata';
import type { DirectoryAssignments } from './directory-assignments.ts';
import type { LogDirectories } from './log-directories.ts';

export interface ReplicaPlacesOptions {
  readonly brokerId: number;
  readonly directories: LogDirectories;
  readonly assignments: DirectoryAssignments;
  /** `cordoned.log.dirs`: directories that get no new replicas (KIP-1066). */
  readonly isCordoned: (path: string) => boolean;
  readonly warn: (message: string) => void;
}

/** In which directory each replica of this broker is, or is to be (KIP-113, KIP-858). */
export class ReplicaPlaces {
  readonly #options: ReplicaPlacesOptions;
  /** Asked for before the partition was there, by `topic-partition`. */
  readonly #preferred = new Map<string, LogDirectory>();

  constructor(options: ReplicaPlacesOptions) {
    this.#options = options;
  }

  /** The partition is to be created there. */
  prefer(topic: string, index: number, directory: LogDirectory): void {
    this.#preferred.set(`${topic}-${index}`, directory);
  }

  /**
   * Where the log is, or where one may be created: where the controller has it, or else in the
   * directory with the fewest. Never where it might be in one that has failed: a second, empty log
   * would be taken for the partition.
   *
   * @throws StorageError when there is no such directory
   */
  directoryFor(topic: TopicImage, index: number, isNew: boolean): LogDirectory {
    const { directories } = this.#options;
    const holding = directories.holding(topic.name, index);
    if (holding !== undefined) return holding;
    const assigned = this.#assigned(topic, index);
    const known = directories.byId(assigned);
    if (known !== undefined) return known;
    const isUnassigned = assigned === DIRECTORY_UNASSIGNED || assigned === DIRECTORY_MIGRATING;
    const isWhole = directories.online.length === directories.all.length;
    if (!isUnassigned || (!isNew && !isWhole)) {
      throw new StorageError(`it is in a log directory that is not online`);
    }
    return this.#emptiest(topic.name, index);
  }

  /** Tells the controller where the replica is, if it has another place for it. */
  tell(topic: TopicImage, index: number, directory: LogDirectory): void {
    this.#preferred.delete(`${topic.name}-${index}`);
    const { assignments, directories } = this.#options;
    const id = directories.idOf(directory);
    if (this.#assigned(topic, index) !== id) void assignments.assign(topic.id, index, id);
  }

  /** Removes the partition from every directory that can still be written to. */
  remove(topic: string, index: number, now: number): void {
    for (const directory of this.#options.directories.online) {
      try {
        directory.deleteFuture(topic, index, now);
        directory.deleteLog(topic, index, now);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
      }
    }
  }

  /**
   * A crash at the end of a move leaves a log of the same name in two directories. The one that the
   * controller knows stays.
   */
  keepOne(image: MetadataImage): void {
    const { directories, warn } = this.#options;
    const first = new Map<string, LogDirectory>();
    for (const directory of directories.online) {
      for (const log of Array.from(directory.logs)) {
        const other = first.get(log.name);
        if (other === undefined) {
          first.set(log.name, directory);
          continue;
        }
        const topic = image.topics.byName(log.topic);
        const assigned = topic === undefined ? undefined : this.#assigned(topic, log.partition);
        const kept = assigned === directories.idOf(directory) ? directory : other;
        const gone = kept === directory ? other : directory;
        first.set(log.name, kept);
        warn(`${log.name} was moved to ${kept.path}: removing it from ${gone.path}`);
        gone.setAside(log.topic, log.partition);
      }
    }
  }

  #assigned(topic: TopicImage, index: number): string | undefined {
    const { replicas, directories } = topic.partitions[index]!;
    return directories[replicas.indexOf(this.#options.brokerId)];
  }

  #emptiest(topic: string, index: number): LogDirectory {
    const { directories, isCordoned } = this.#options;
    const preferred = this.#preferred.get(`${topic}-${index}`);
    if (preferred !== undefined && preferred.failure === null) return preferred;
    const open = directories.online.filter(({ path }) => !isCordoned(path));
    const candidates = open.length > 0 ? open : directories.online;
    const [first, ...others] = candidates;
    if (first === undefined) throw new StorageError('no log directory is online');
    return others.reduce((best, next) => (next.logCount < best.logCount ? next : best), first);
  }
}
