import type { TopicsView } from '../group/topics-view.ts';
import { compileRegex, type Regex } from './regex.ts';
import type { ResolvedRegex } from './subscribed-topics.ts';

/** What one step may cost: sizes of programs times lengths of names, a few milliseconds. */
const STEP_COST = 500_000;

/**
 * The topics of the cluster are held against the expressions of a group, a part at a time, so that
 * many topics and costly expressions hold nobody up. Always all expressions at once: they then cause
 * one rebalance, not one each.
 */
export class RegexScan {
  readonly #version: number;
  readonly #timestampMs: number;
  readonly #regexes: readonly Regex[];
  readonly #names: Iterator<string>;
  readonly #matched = new Map<string, Set<string>>();
  readonly #costPerUnit: number;

  constructor(patterns: Iterable<string>, topics: TopicsView, timestampMs: number) {
    this.#version = topics.version;
    this.#timestampMs = timestampMs;
    const regexes: Regex[] = [];
    for (const pattern of patterns) {
      this.#matched.set(pattern, new Set());
      const regex = compileRegex(pattern);
      // What could not be compiled was not let in, unless another release did: it matches nothing.
      if (!('problem' in regex)) regexes.push(regex);
    }
    this.#regexes = regexes;
    this.#names = topics.names()[Symbol.iterator]();
    this.#costPerUnit = regexes.reduce((sum, regex) => sum + regex.cost, 1);
  }

  /** Looks at the next topics; true when there are no more. */
  step(): boolean {
    for (let cost = 0; cost < STEP_COST; ) {
      const next = this.#names.next();
      if (next.done === true) return true;
      const name = next.value;
      for (const regex of this.#regexes) {
        if (regex.matches(name)) this.#matched.get(regex.pattern)!.add(name);
      }
      cost += this.#costPerUnit * name.length;
    }
    return false;
  }

  /** What each expression matched, after the last step. */
  *results(): Generator<[pattern: string, ResolvedRegex]> {
    for (const [pattern, topics] of this.#matched) {
      yield [pattern, { topics, version: this.#version, timestampMs: this.#timestampMs }];
    }
  }
}
