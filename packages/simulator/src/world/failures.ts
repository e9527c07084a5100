/** A failed call, as Node reports it. */
export function systemError(code: string, subject: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${subject}`), { code });
}

/**
 * Thrown by every call on a disk whose machine has crashed, to get the program off the stack. It
 * has no `code`: no program knows how to go on from it.
 */
export class CrashSignal extends Error {
  constructor() {
    super('the simulated machine has crashed');
    this.name = 'CrashSignal';
  }
}

/** For `catch`: a program that ended by the crash of its machine is no failure. */
export function ignoreCrash(error: unknown): void {
  if (!(error instanceof CrashSignal)) throw error;
}
