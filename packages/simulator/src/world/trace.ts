import { createHash } from 'node:crypto';

const KEPT_LINES = 50;

/** What happened, as lines of text: their hash tells two runs apart, the last ones are kept. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #tail: string[] = [];
  #lineCount = 0;

  add(line: string): void {
    this.#hash.update(line).update('\n');
    this.#lineCount++;
    this.#tail.push(line);
    if (this.#tail.length > 2 * KEPT_LINES) this.#tail.splice(0, KEPT_LINES);
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Of all lines up to now, in 16 hexadecimal digits. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  /** The last lines, oldest first. */
  tail(): string[] {
    return this.#tail.slice(-KEPT_LINES);
  }
}
