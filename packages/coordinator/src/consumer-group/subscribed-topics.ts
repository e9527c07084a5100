/** A regular expression that members subscribe to, and the topics that it matched. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>;
  /** The version of the view of the topics that it was matched against. */
  readonly version: number;
  /** When it was matched, by the wall clock. */
  readonly timestampMs: number;
}

interface Subscribers {
  byName: number;
  byRegex: number;
}

/** The topics that a group's members subscribe to: by name, or through regular expressions. */
export class SubscribedTopics {
  readonly #topics = new Map<string, Subscribers>();
  /** How many members subscribe to each expression. */
  readonly #regexes = new Map<string, number>();
  readonly #resolved = new Map<string, ResolvedRegex>();
  /** Changes when topics come or go. */
  version = 0;

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  names(): IterableIterator<string> {
    return this.#topics.keys();
  }

  get regexes(): ReadonlyMap<string, number> {
    return this.#regexes;
  }

  get resolved(): ReadonlyMap<string, ResolvedRegex> {
    return this.#resolved;
  }

  /** The moment and the version of the last time that expressions were matched. */
  lastResolved(): Pick<ResolvedRegex, 'timestampMs' | 'version'> {
    const [resolved] = this.#resolved.values();
    return resolved ?? { timestampMs: -Infinity, version: 0 };
  }

  /** A member subscribes (1), or no longer does (-1). */
  count(topics: readonly string[], regex: string | null, by: 1 | -1): void {
    for (const topic of topics) this.#count(topic, 'byName', by);
    if (regex === null || regex === '') return;
    const subscribers = (this.#regexes.get(regex) ?? 0) + by;
    if (subscribers === 0) this.#regexes.delete(regex);
    else this.#regexes.set(regex, subscribers);
  }

  resolve(regex: string, resolved: ResolvedRegex | null): void {
    for (const topic of this.#resolved.get(regex)?.topics ?? []) this.#count(topic, 'byRegex', -1);
    if (resolved === null) {
      this.#resolved.delete(regex);
      return;
    }
    this.#resolved.set(regex, resolved);
    for (const topic of resolved.topics) this.#count(topic, 'byRegex', 1);
  }

  /** All of so many members subscribe to the same topics. */
  isHomogeneous(memberCount: number): boolean {
    if (this.#regexes.size === 0) {
      for (const { byName } of this.#topics.values()) if (byName !== memberCount) return false;
      return true;
    }
    const [subscribers] = this.#regexes.values();
    if (subscribers !== memberCount) return false;
    for (const { byName, byRegex } of this.#topics.values()) {
      if (byRegex !== 1 || byName > 0) return false;
    }
    return true;
  }

  #count(topic: string, how: keyof Subscribers, by: 1 | -1): void {
    let subscribers = this.#topics.get(topic);
    if (subscribers === undefined) {
      this.#topics.set(topic, (subscribers = { byName: 0, byRegex: 0 }));
      this.version++;
    }
    subscribers[how] += by;
    if (subscribers.byName !== 0 || subscribers.byRegex !== 0) return;
    this.#topics.delete(topic);
    this.version++;
  }
}
