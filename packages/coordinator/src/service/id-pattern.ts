import type { Clock } from '@tidelog/platform';
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** The longest pattern, in UTF-16 units: to compile one holds up everyone else. */
const LONGEST_PATTERN = 8192;
/** How long may be matched in one turn of the event loop. */
const SLICE_MS = 10;

/** A regular expression of RE2's syntax that matches whole ids (KIP-1152). */
export class IdPattern {
  readonly #compiled: RE2JS;

  /** Null: that is no regular expression. */
  static compile(pattern: string): IdPattern | null {
    if (pattern.length > LONGEST_PATTERN) return null;
    try {
      return new IdPattern(RE2JS.compile(pattern));
    } catch (error) {
      if (error instanceof RE2JSSyntaxException) return null;
      throw error;
    }
  }

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
  }

  /** Those whose ids match. Lets others run where that takes long. */
  async filter<T extends { readonly transactionalId: string }>(
    all: readonly T[],
    clock: Clock,
  ): Promise<T[]> {
    const matching: T[] = [];
    let startMs = clock.monotonic();
    for (const one of all) {
      if (this.#compiled.matches(one.transactionalId)) matching.push(one);
      if (clock.monotonic() - startMs < SLICE_MS) continue;
      await new Promise<void>((resolve) => clock.setTimer(0, resolve));
      startMs = clock.monotonic();
    }
    return matching;
  }
}
