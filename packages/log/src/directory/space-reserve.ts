import type { Disk, Random } from '@tidelog/platform';
import { isDiskFull } from '../health.ts';

const FILE_NAME = '.tidelog-reserve';
const MAX_SIZE_BYTES = 4 << 20;
/** A small volume gives one part of so many. */
const VOLUME_PARTS = 64;
const CHUNK_BYTES = 64 << 10;

/**
 * A file that holds some space of a log directory back for the day when the disk is full: deleting
 * anything needs checkpoints, names and records of the metadata log to be written first. What is
 * produced never gets that space.
 *
 *     room ──a write finds no space──▶ full ──small writes need it──▶ full, and given up
 *      ▲                                 │                                    │
 *      └───────twice the reserve is free─┴────────────────────────────────────┘
 */
export class SpaceReserve {
  /** The last write found no space, and nothing has shown since that there is some. */
  isFull = false;
  private held: boolean;
  private readonly disk: Disk;
  private readonly random: Random;
  private readonly directory: string;
  private readonly path: string;
  private readonly onFull: (isFull: boolean) => void;

  constructor(options: SpaceReserveOptions) {
    this.disk = options.disk;
    this.random = options.random;
    this.directory = options.directory;
    this.onFull = options.onFull;
    this.path = `${options.directory}/${FILE_NAME}`;
    this.held = this.disk.exists(this.path);
  }

  /** Whether what is produced may try to find space: not while the reserve is given up. */
  get admitsAppends(): boolean {
    return this.held || !this.isFull;
  }

  /** A write found no space. */
  noteFull(): void {
    if (this.isFull) return;
    this.isFull = true;
    this.onFull(true);
  }

  /** A write without which nothing could be deleted found no space. False: there is nothing left to give. */
  release(): boolean {
    this.noteFull();
    if (!this.held) return false;
    this.held = false;
    this.disk.unlink(this.path);
    return true;
  }

  /** Takes the space (back) when there is enough. Called about once a second. */
  tick(): void {
    if (this.held && !this.isFull) return;
    const { freeBytes, totalBytes } = this.disk.space(this.directory);
    const sizeBytes = Math.min(MAX_SIZE_BYTES, Math.floor(totalBytes / VOLUME_PARTS));
    if (freeBytes < 2 * sizeBytes || !(this.held || this.take(sizeBytes))) return;
    this.held = true;
    if (!this.isFull) return;
    this.isFull = false;
    this.onFull(false);
  }

  /** Random bytes: a file system that compresses must not save them. */
  private take(sizeBytes: number): boolean {
    const file = this.disk.open(this.path, 'write');
    try {
      for (let at = 0; at < sizeBytes; at += CHUNK_BYTES) {
        file.write(this.random.bytes(Math.min(CHUNK_BYTES, sizeBytes - at)), at);
      }
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.disk.unlink(this.path);
      return false;
    } finally {
      file.close();
    }
  }
}

export interface SpaceReserveOptions {
  readonly disk: Disk;
  readonly random: Random;
  readonly directory: string;
  /** Told when the disk has become full, and when it has room again. */
  readonly onFull: (isFull: boolean) => void;
}
