import type { Clock, Timer } from '@tidelog/platform';

export interface PacedWorkOptions<T> {
  readonly clock: Clock;
  /** How many parts are done in one turn; as many again where somebody waits for them. */
  readonly partsInTurn: number;
  /** Does one part. What it throws ends the turn, as it does for every timer. */
  readonly work: (part: T) => void;
}

/**
 * Work of many parts that each take long, a few in each turn of the event loop, in the order in which they
 * were added: others are served in between. By count and not by time, so that equal histories stay equal.
 */
export class PacedWork<T> {
  readonly #options: PacedWorkOptions<T>;
  readonly #parts = new Map<string, T>();
  #doneInTurn = 0;
  #isFinishing = false;
  /** Ends the turn; there is one while parts are waiting or were done in this turn. */
  #timer: Timer | null = null;

  constructor(options: PacedWorkOptions<T>) {
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#parts.has(name);
  }

  /** To be done by `goOn`, or in one of the next turns. One of the same name is replaced, in its place. */
  add(name: string, part: T): void {
    this.#parts.set(name, part);
    this.#armTimer();
  }

  /** It is not to be done any more. */
  remove(name: string): void {
    this.#parts.delete(name);
  }

  /** Does parts as long as this turn has room for them. */
  goOn(): void {
    for (const name of this.#parts.keys()) {
      if (this.#doneInTurn >= this.#options.partsInTurn && !this.#isFinishing) return;
      this.doNow(name);
    }
  }

  /** Somebody waits for the part: does it before its turn. False when this turn has no room left for it. */
  prefer(name: string): boolean {
    if (this.#doneInTurn >= 2 * this.#options.partsInTurn) return false;
    this.doNow(name);
    return true;
  }

  /** Something else cannot go on before the part is done: does it if it is waiting, room or not. */
  doNow(name: string): void {
    const part = this.#parts.get(name);
    if (part === undefined) return;
    this.#parts.delete(name);
    this.#doneInTurn++;
    this.#armTimer();
    this.#options.work(part);
  }

  /** Does all that is left at once, and by `goOn` what is added from now on. */
  finish(): void {
    this.#isFinishing = true;
    this.goOn();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #armTimer(): void {
    if (this.#isFinishing) return;
    this.#timer ??= this.#options.clock.setTimer(0, () => {
      this.#timer = null;
      this.#doneInTurn = 0;
      this.goOn();
      if (this.#parts.size > 0) this.#armTimer();
    });
  }
}
