export interface InstrumentationEvent<T> {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly payload: T;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each event has a payload of its own
type Listener = (event: InstrumentationEvent<any>) => void | Promise<void>;

/** What listeners are told, as kafkajs's instrumentation does: the names are those of one part. */
export class Events<Names extends Readonly<Record<string, string>>> {
  readonly names: Names;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #onFailure: (error: unknown, type: string) => void;
  #count = 0;

  /** A listener that throws is told to `onFailure`, and harms nobody else. */
  constructor(names: Names, onFailure: (error: unknown, type: string) => void) {
    this.names = names;
    this.#onFailure = onFailure;
  }

  /** Gives what removes the listener again. Throws for a name that there is not. */
  on(name: string, listener: Listener): () => void {
    if (!Object.values(this.names).includes(name)) {
      throw new Error(
        `There is no event ${name}; there are ${Object.values(this.names).join(', ')}`,
      );
    }
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  has(name: string): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit(name: Names[keyof Names] & string, payload: unknown = null): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined || listeners.size === 0) return;
    const event = { id: String(this.#count++), type: name, timestamp: Date.now(), payload };
    for (const listener of listeners) {
      Promise.resolve()
        .then(() => listener(event))
        .catch((error: unknown) => this.#onFailure(error, name));
    }
  }
}
