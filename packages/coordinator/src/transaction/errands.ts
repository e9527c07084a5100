import type { RequestId } from '../host/machine.ts';
import type { Transaction } from './transaction.ts';

/** What a machine wants done by those around it. */
export type Errand =
  /** The end of the transaction is replicated: its markers can be written. */
  | {
      readonly kind: 'write markers';
      readonly transactionalId: string;
      readonly transaction: Transaction;
    }
  /** To abort an overdue transaction a new producer id is needed. */
  | { readonly kind: 'find producer id'; readonly transactionalId: string };

/** Errands wait here for the one who carries them out, or he for them. */
export class Errands {
  #waiting: Errand[] = [];
  #handedOut: readonly Errand[] = [];
  #taker: RequestId | null = null;

  add(errand: Errand): void {
    this.#waiting.push(errand);
  }

  /** `again`: what was handed out last never arrived. */
  expect(taker: RequestId, again: boolean): void {
    if (again) this.#waiting.unshift(...this.#handedOut);
    this.#handedOut = [];
    this.#taker = taker;
  }

  /** What there is to do, once there is someone to do it. */
  handOut(): { readonly to: RequestId; readonly reply: readonly Errand[] } | null {
    const to = this.#taker;
    if (to === null || this.#waiting.length === 0) return null;
    this.#taker = null;
    this.#handedOut = this.#waiting;
    this.#waiting = [];
    return { to, reply: this.#handedOut };
  }
}
