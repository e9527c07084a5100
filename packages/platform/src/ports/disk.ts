/**
 * The file system, as a program sees it.
 *
 * Everything on the append path is synchronous (async fs costs a thread hop per call); only flushing
 * to stable storage is asynchronous, because it takes milliseconds. Every failure is an Error with
 * Node's `code` ('EIO', 'ENOSPC', 'ENOENT', ...).
 *
 * What survives a crash: bytes of a file after a `sync()` that began after their write; a name
 * (create, rename, unlink) after `syncDirectory()` of its directory. Anything else may be there, be
 * torn at sector granularity, or be gone, in any order.
 */
export interface Disk {
  /** Files are memory of this process: to keep copies for readers, or space for later, makes no sense. */
  readonly isMemory?: boolean;
  /**
   * Opens a file. `read`: must exist; `write`: read and write, created when absent;
   * `create`: read and write, must not exist (EEXIST).
   */
  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile;
  readFile(path: string): Buffer;
  /** Replaces a whole small file atomically and durably: temporary file, sync, rename, directory sync. */
  replaceFile(path: string, content: string | Uint8Array): void;
  exists(path: string): boolean;
  /** Names in a directory, unsorted, without `.` and `..`. */
  list(path: string): string[];
  /** Those of the names in a directory that are directories, or links to one. */
  listDirectories(path: string): string[];
  stat(path: string): { sizeBytes: number; modifiedMs: number; isDirectory: boolean };
  /** Says that a file was last written then: a copy with less in it is as old as its original. */
  setModified(path: string, modifiedMs: number): void;
  makeDirectory(path: string): void; // with its parents
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** The same off the event loop: to free the pages of a file takes milliseconds. */
  unlinkLater(path: string): Promise<void>;
  removeDirectory(path: string): void; // recursively
  /** Makes creations, renames and removals inside `path` durable. */
  syncDirectory(path: string): void;
  /** The same off the event loop, for the directory that is there now. A failure is final, too. */
  syncDirectoryLater(path: string): Promise<void>;
  /** How many files and connections the process may have open together; null where that is not known. */
  openFileLimit(): number | null;
  /** Free and total bytes of the volume that holds `path`. */
  space(path: string): { freeBytes: number; totalBytes: number };
  /**
   * Takes an exclusive lock named by a file, held until `release()` or the end of the process.
   * Null when someone else holds it.
   */
  lock(path: string): { release(): void } | null;
}

/** An open file. Positions are absolute; there is no cursor. */
export interface DiskFile {
  readonly path: string;
  /** Writes all of `buffers` one after the other at `position`, or throws (a prefix may be written). */
  writev(buffers: readonly Uint8Array[], position: number): void;
  write(buffer: Uint8Array, position: number): void;
  /** Reads up to `length` bytes into `target` at `targetStart`; returns how many (fewer at the end). */
  read(target: Uint8Array, targetStart: number, length: number, position: number): number;
  /**
   * Bytes for a socket to send as they are by then, without reading them here. Null where no socket could,
   * so that they have to be read. `onFailure` hears of a disk that fails when they are to be sent.
   */
  range(position: number, length: number, onFailure?: (error: Error) => void): FileRange | null;
  sizeBytes(): number;
  /** Cuts, or extends with zeros. */
  truncate(sizeBytes: number): void;
  /** fdatasync off the event loop. A failure is final: the page cache can no longer be trusted. */
  sync(): Promise<void>;
  /** fdatasync on this thread. For start, stop and rolling, never on the append path. */
  syncNow(): void;
  close(): void;
}

/** Part of a file. The file stays open for it until `release()`, even when it is closed or deleted. */
export interface FileRange {
  readonly length: number;
  /** Fills `target` with what begins at `at` within the range; gives how much was there. Throws as the disk does. */
  read(target: Uint8Array, at: number): number;
  /** To be called once its bytes are sent or never will be. */
  release(): void;
}
