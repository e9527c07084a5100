import { CrashSignal } from '../world/failures.ts';

export type OperationKind =
  | 'create'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'rename'
  | 'unlink'
  | 'makeDirectory'
  | 'removeDirectory'
  | 'syncDirectory'
  | 'read';

/** One call on the disk. Reads are no changes: they have the number of the change before them. */
export interface DiskOperation {
  /** Changes up to and with this one, from 1. */
  readonly number: number;
  readonly kind: OperationKind;
  readonly path: string;
  readonly sizeBytes: number;
}

/** What is to become of an operation: made, failed with a code, or cut by a crash. */
export type Verdict = undefined | { readonly code: string } | 'crash';

interface Fault {
  readonly code: string;
  readonly matches: (operation: DiskOperation) => boolean;
  remaining: number;
}

/** All calls of a program on its disk pass here: counted, traced, and failed on demand. */
export class OperationGate {
  readonly #note: (line: string) => void;
  #count = 0;
  #crashAt = Infinity;
  #crashed = false;
  #silent = false;
  #faults: Fault[] = [];

  constructor(note: (line: string) => void) {
    this.#note = note;
  }

  /** Changes up to now. */
  get count(): number {
    return this.#count;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  close(): void {
    this.#crashed = true;
  }

  crashAt(number: number, silent: boolean): void {
    this.#crashAt = number;
    this.#silent = silent;
  }

  /** Gets the program off the stack, unless its crash is silent. */
  interrupt(): void {
    if (!this.#silent) throw new CrashSignal();
  }

  fail(fault: Fault): { stop(): void } {
    this.#faults.push(fault);
    return {
      stop: () => {
        this.#faults = this.#faults.filter((other) => other !== fault);
      },
    };
  }

  enter(kind: OperationKind, path: string, sizeBytes = 0): Verdict {
    this.assertAlive();
    if (this.#crashed) return undefined;
    if (kind !== 'read') this.#note(`disk ${++this.#count} ${kind} ${path} ${sizeBytes}`);
    const operation = { number: this.#count, kind, path, sizeBytes };
    if (kind !== 'read' && this.#count >= this.#crashAt) return 'crash';
    const fault = this.#faults.find(
      ({ matches, remaining }) => remaining > 0 && matches(operation),
    );
    if (fault === undefined) return undefined;
    fault.remaining--;
    return { code: fault.code };
  }

  assertAlive(): void {
    if (this.#crashed) this.interrupt();
  }
}
