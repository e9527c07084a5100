import { type BrokerConfig, type ClusterMetadata, RESOURCE } from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import { DirectoryAssignments } from './directory-assignments.ts';
import type { LogDirectories } from './log-directories.ts';
import { ReplicaMoves } from './replica-moves.ts';
import { ReplicaPlaces } from './replica-places.ts';

export interface ReplicaHostingOptions {
  readonly brokerId: number;
  /** Below 0 before the broker has registered. */
  readonly brokerEpoch: () => number;
  readonly directories: LogDirectories;
  readonly metadata: ClusterMetadata;
  readonly clock: Clock;
  readonly config: () => BrokerConfig;
  readonly warn: (message: string) => void;
}

/** What decides in which log directory a replica is: its place, its moves, and what is told of them. */
export class ReplicaHosting {
  readonly directories: LogDirectories;
  readonly assignments: DirectoryAssignments;
  readonly places: ReplicaPlaces;
  readonly moves: ReplicaMoves;
  readonly #config: () => BrokerConfig;

  constructor(options: ReplicaHostingOptions) {
    const { brokerId, directories, metadata, clock, config, warn } = options;
    this.directories = directories;
    this.#config = config;
    this.assignments = new DirectoryAssignments(metadata, clock, () => {
      const brokerEpoch = options.brokerEpoch();
      return brokerEpoch < 0 ? null : { brokerId, brokerEpoch };
    });
    const { assignments, isCordoned } = this;
    this.places = new ReplicaPlaces({ brokerId, directories, assignments, isCordoned, warn });
    const maxBytesPerSecond = (): number => moveBandwidth(metadata, brokerId);
    this.moves = new ReplicaMoves({ directories, assignments, clock, maxBytesPerSecond, warn });
  }

  /** Whether the directory is among `cordoned.log.dirs`, and gets no new replicas (KIP-1066). */
  readonly isCordoned = (path: string): boolean => {
    const cordoned = this.#config().getList('cordoned.log.dirs');
    return cordoned.includes('*') || cordoned.includes(path);
  };

  cordonedIds(): string[] {
    const cordoned = this.directories.all.filter(({ path }) => this.isCordoned(path));
    return cordoned.flatMap(({ id }) => id ?? []);
  }

  /** The upkeep of the directories; nothing that goes wrong in one keeps it from the others. */
  tick(now: number, onError: (message: string) => void): void {
    for (const directory of this.directories.online) {
      try {
        directory.tick(now);
      } catch (error) {
        onError(`${directory.path}: ${(error as Error).message}`);
      }
    }
  }

  stop(): void {
    this.assignments.stop();
    this.moves.stop();
  }
}

/** A config that a broker has only dynamically: its own value, the cluster's, or no bound. */
function moveBandwidth({ image }: ClusterMetadata, brokerId: number): number {
  const key = 'replica.alter.log.dirs.io.max.bytes.per.second';
  const stored = [String(brokerId), ''].map((name) =>
    image.configs.of(RESOURCE.BROKER, name).get(key),
  );
  return Number(stored.find((value) => value !== undefined) ?? Number.POSITIVE_INFINITY);
}
