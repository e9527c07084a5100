import { Violation } from '../../scenario.ts';

type Fate = 'unknown' | 'committed' | 'aborted';

/** One transaction: it takes records of the input from `start` to `end`, and writes one for each. */
export interface Attempt {
  readonly id: number;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly outputs: readonly string[];
  fate: Fate;
}

/** What readers of committed records find, while nothing is on its way. */
export interface Findings {
  /** All values of the output. */
  readonly outputs: readonly string[];
  /** The compacted topic: the last value of each key. */
  readonly latest: ReadonlyMap<string, string>;
  /** By partition of the input: how far it was copied. */
  readonly offsets: ReadonlyMap<number, number>;
  /** By partition of the input. */
  readonly inputs: ReadonlyMap<number, readonly string[]>;
}

/** All that was tried, and what came of it as far as the broker has told. */
export class Ledger {
  readonly #attempts: Attempt[] = [];
  /** By partition: values at the offsets at which the broker acknowledged them. */
  readonly #inputs = new Map<number, Map<number, string>>();
  /** How many answers were promises. */
  promises = 0;

  begin(partition: number, start: number, values: readonly string[]): Attempt {
    const id = this.#attempts.length;
    const outputs = values.map((value) => `${value} #${id}`);
    const end = start + values.length;
    const attempt: Attempt = { id, partition, start, end, outputs, fate: 'unknown' };
    this.#attempts.push(attempt);
    return attempt;
  }

  settle(attempt: Attempt, fate: Fate): void {
    if (attempt.fate !== 'unknown' && attempt.fate !== fate) {
      throw new Violation(`transaction ${attempt.id} was ${attempt.fate}, and is ${fate} now`);
    }
    attempt.fate = fate;
    this.promises++;
  }

  produced(partition: number, offset: number, value: string): void {
    const known = this.#inputs.get(partition) ?? new Map<number, string>();
    this.#inputs.set(partition, known);
    known.set(offset, value);
    this.promises++;
  }

  /** Throws a Violation. What was found is a promise from then on. */
  check(findings: Findings): void {
    this.#checkInputs(findings);
    const copies = new Map<string, number>();
    for (const value of findings.outputs) copies.set(value, (copies.get(value) ?? 0) + 1);
    for (const attempt of this.#attempts) {
      this.#checkAttempt(attempt, copies);
      for (const value of attempt.outputs) copies.delete(value);
    }
    for (const value of copies.keys()) throw new Violation(`'${value}' was never written`);
    for (const [partition, offset] of findings.offsets) {
      this.#checkCopied(partition, offset, findings.latest);
    }
  }

  #checkInputs({ inputs }: Findings): void {
    for (const [partition, acknowledged] of this.#inputs) {
      const found = inputs.get(partition) ?? [];
      for (const [offset, value] of acknowledged) {
        if (found[offset] === value) continue;
        throw new Violation(`input ${partition} at ${offset}: '${found[offset]}', not '${value}'`);
      }
      if (new Set(found).size === found.length) continue;
      throw new Violation(`input ${partition} holds a record twice`);
    }
  }

  /** All or nothing, and once. */
  #checkAttempt(attempt: Attempt, copies: ReadonlyMap<string, number>): void {
    const { id, outputs } = attempt;
    const present = outputs.filter((value) => copies.has(value));
    const twice = present.find((value) => copies.get(value) !== 1);
    if (twice !== undefined) throw new Violation(`'${twice}' of transaction ${id} is there twice`);
    const isTorn = present.length > 0 && present.length < outputs.length;
    if (isTorn) throw new Violation(`transaction ${id} is torn: only ${present.join(', ')}`);
    this.settle(attempt, present.length > 0 ? 'committed' : 'aborted');
  }

  /** Committed transactions cover the input up to the committed offset, each part once. */
  #checkCopied(partition: number, offset: number, latest: ReadonlyMap<string, string>): void {
    const committed = this.#attempts.filter(
      (attempt) => attempt.partition === partition && attempt.fate === 'committed',
    );
    let copied = 0;
    for (const { id, start, end } of committed) {
      if (start !== copied) {
        throw new Violation(
          `transaction ${id} copied input ${partition} from ${start}, not ${copied}`,
        );
      }
      copied = end;
    }
    if (copied !== offset) {
      throw new Violation(`input ${partition} is copied to ${copied}, the group is at ${offset}`);
    }
    const last = committed.at(-1);
    const found = latest.get(String(partition));
    const expected = last === undefined ? undefined : String(last.id);
    if (found === expected) return;
    throw new Violation(`the latest of ${partition} is ${found}, not ${expected}`);
  }
}
