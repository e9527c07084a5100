import { DiskFullError, StorageError } from './results.ts';

/**
 * Whether a log directory can be trusted. After one failed write or sync nobody knows what is on the
 * disk, so the first failure is final: retrying an fsync may report success for pages that are lost.
 */
export class DirectoryHealth {
  /** Why the directory is offline; null while it is not. */
  failure: string | null = null;
  private readonly onFailure: (reason: string) => void;
  private readonly onFull: () => void;

  constructor(onFailure: (reason: string) => void, onFull: () => void = () => {}) {
    this.onFailure = onFailure;
    this.onFull = onFull;
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
      if (error instanceof DiskFullError || !isDiskError(error)) throw error;
      this.fail(`${doing}: ${error.message}`);
      throw new StorageError(`${doing}: ${error.message}`, { cause: error });
    }
  }

  /**
   * The same for work that leaves everything as it was, or can simply be done again, when it finds no
   * space: that is a DiskFullError, and the directory stays online.
   */
  attempt<T>(doing: string, work: () => T): T {
    return this.guard(doing, () => {
      try {
        return work();
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        this.onFull();
        throw new DiskFullError(`${doing}: ${error.message}`, { cause: error });
      }
    });
  }

  /** As `guard`, for work that goes on off the event loop. */
  async guardLater<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const done = await this.outcome(work);
    return this.guard(doing, done);
  }

  /** As `attempt`, for work that goes on off the event loop. */
  async attemptLater<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const done = await this.outcome(work);
    return this.attempt(doing, done);
  }

  /** What gives the result, or throws what the work has thrown. */
  private async outcome<T>(work: () => Promise<T>): Promise<() => T> {
    if (this.failure !== null) throw new StorageError(this.failure);
    try {
      const result = await work();
      return () => result;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  /** As `attemptOrSkip`, for work that goes on off the event loop. */
  async attemptOrSkipLater(doing: string, work: () => Promise<void> | undefined): Promise<boolean> {
    try {
      await this.attemptLater(doing, async () => work());
      return true;
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
      return false;
    }
  }

  /** The same where nobody waits for it. */
  attemptSometime(doing: string, work: () => Promise<void>): void {
    this.attemptOrSkipLater(doing, work).catch((error: unknown) => {
      if (!(error instanceof StorageError)) this.fail(`${doing}: ${String(error)}`);
    });
  }

  /** Does what may as well be left out while the disk is full. False when it was. */
  attemptOrSkip(doing: string, work: () => void): boolean {
    try {
      this.attempt(doing, work);
      return true;
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
      return false;
    }
  }
}

/** Errors of a disk carry a code ('EIO', 'ENOSPC'); anything else thrown is a bug. */
export function isDiskError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** No space, or no quota, is left: nothing is wrong with what is on the disk. */
export function isDiskFull(error: unknown): error is Error {
  return isDiskError(error) && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
