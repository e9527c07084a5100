import type { Disk, Random } from '@tidelog/platform';
import { SpaceReserve } from './directory/space-reserve.ts';
import { ReservedDisk } from './directory/reserved-disk.ts';
import { DirectoryNames } from './directory/directory-names.ts';
import { FileRemovals } from './directory/file-removals.ts';
import { GroupCommit } from './directory/group-commit.ts';
import { FileCache } from './files/file-cache.ts';
import { DirectoryHealth } from './health.ts';
import { TailCache } from './read/tail-cache.ts';

/** What the logs of one directory share. */
export interface LogContext {
  /** For names and small files: these find space even where what is produced finds none. */
  readonly disk: Disk;
  readonly random: Random;
  readonly files: FileCache;
  readonly tail: TailCache;
  readonly health: DirectoryHealth;
  readonly commits: GroupCommit;
  readonly removals: FileRemovals;
  /** Null where the files of a log have no directory of logs around them. */
  readonly reserve: SpaceReserve | null;
  readonly names: DirectoryNames | null;
  /** `producer.id.expiration.ms`, which may change at run time. */
  producerIdExpirationMs: number;
}

export interface LogContextOptions {
  readonly disk: Disk;
  readonly random: Random;
  /** Shared with other directories where given; else one of its own of 32 MiB, on a memory disk of nothing. */
  readonly tail?: TailCache;
  readonly maxOpenFiles?: number;
  readonly producerIdExpirationMs?: number;
  /** The directory went offline. Called once. */
  readonly onFailure?: (reason: string) => void;
  /** The directory of all these logs, where space is held back for a full disk; none for a log alone. */
  readonly directory?: string;
  /** The disk has become full, or has room again. */
  readonly onFull?: (isFull: boolean) => void;
}

const DEFAULT_TAIL_BYTES = 32 << 20;
const DEFAULT_OPEN_FILES = 512;
const DAY_MS = 86_400_000;

export function createLogContext(options: LogContextOptions): LogContext {
  const { disk, random, directory, onFull = () => {} } = options;
  const { isMemory = false } = disk;
  const reserve =
    directory === undefined || isMemory
      ? null
      : new SpaceReserve({ disk, random, directory, onFull });
  const health = new DirectoryHealth(options.onFailure ?? (() => {}), () => reserve?.noteFull());
  const sureDisk = reserve === null ? disk : new ReservedDisk(disk, reserve);
  return {
    disk: sureDisk,
    random,
    files: new FileCache(disk, options.maxOpenFiles ?? DEFAULT_OPEN_FILES),
    tail: options.tail ?? new TailCache(isMemory ? 0 : DEFAULT_TAIL_BYTES),
    health,
    commits: new GroupCommit(health),
    removals: new FileRemovals(sureDisk),
    reserve,
    names: directory === undefined ? null : new DirectoryNames(disk, directory),
    producerIdExpirationMs: options.producerIdExpirationMs ?? DAY_MS,
  };
}
