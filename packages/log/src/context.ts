import type { Disk, Random } from '@tidelog/platform';
import { FileRemovals } from './directory/file-removals.ts';
import { GroupCommit } from './directory/group-commit.ts';
import { FileCache } from './files/file-cache.ts';
import { DirectoryHealth } from './health.ts';
import { TailCache } from './read/tail-cache.ts';

/** What the logs of one directory share. */
export interface LogContext {
  readonly disk: Disk;
  readonly random: Random;
  readonly files: FileCache;
  readonly tail: TailCache;
  readonly health: DirectoryHealth;
  readonly commits: GroupCommit;
  readonly removals: FileRemovals;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs: number;
}

export interface LogContextOptions {
  readonly disk: Disk;
  readonly random: Random;
  /** Shared with other directories where given; else one of its own of 32 MiB. */
  readonly tail?: TailCache;
  readonly maxOpenFiles?: number;
  readonly producerIdExpirationMs?: number;
  /** The directory went offline. Called once. */
  readonly onFailure?: (reason: string) => void;
}

const DEFAULT_TAIL_BYTES = 32 << 20;
const DEFAULT_OPEN_FILES = 512;
const DAY_MS = 86_400_000;

export function createLogContext(options: LogContextOptions): LogContext {
  const { disk, random } = options;
  const health = new DirectoryHealth(options.onFailure ?? (() => {}));
  return {
    disk,
    random,
    files: new FileCache(disk, options.maxOpenFiles ?? DEFAULT_OPEN_FILES),
    tail: options.tail ?? new TailCache(DEFAULT_TAIL_BYTES),
    health,
    commits: new GroupCommit(health),
    removals: new FileRemovals(disk),
    producerIdExpirationMs: options.producerIdExpirationMs ?? DAY_MS,
  };
}
