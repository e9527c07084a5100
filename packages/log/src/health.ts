import { StorageError } from './results.ts';

/**
 * Whether a log directory can be trusted. After one failed write or sync nobody knows what is on the
 * disk, so the first failure is final: retrying an fsync may report success for pages that are lost.
 */
export class DirectoryHealth {
  /** Why the directory is offline; null while it is not. */
  failure: string | null = null;
  private readonly onFailure: (reason: string) => void;

  constructor(onFailure: (reason: string) => void) {
    this.onFailure = onFailure;
  }

  fail(reason: string): void {
    if (this.failure !== null) return;
    this.failure = reason;
    this.onFailure(reason);
  }

  /** Runs disk work; a failure takes the directory offline and comes out as a StorageError. */
  guard<T>(doing: string, work: () => T): T {
    if (this.failure !== null) throw new StorageError(this.failure);
    try {
      return work();
    } catch (error) {
      if (!isDiskError(error)) throw error;
      this.fail(`${doing}: ${error.message}`);
      throw new StorageError(`${doing}: ${error.message}`, { cause: error });
    }
  }
}

/** Errors of a disk carry a code ('EIO', 'ENOSPC'); anything else thrown is a bug. */
export function isDiskError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
