/**
 * Lets what belongs to one key happen in the order in which it came, although some of it has to be
 * prepared first and that takes a while. What needs no time and has nobody before it happens at once.
 */
export class InOrder<Key> {
  readonly #last = new Map<Key, Promise<void>>();

  /** Acts on what was prepared. The next of the key is prepared after that, but waits for no promise of `act`. */
  run<Prepared extends object, Result>(
    key: Key,
    prepare: () => Prepared | Promise<Prepared>,
    act: (prepared: Prepared) => Result | Promise<Result>,
  ): Result | Promise<Result> {
    const before = this.#last.get(key);
    const prepared = before === undefined ? prepare() : before.then(prepare);
    if (!(prepared instanceof Promise)) return act(prepared);
    let result!: Result | Promise<Result>;
    const acted = prepared.then((ready) => {
      result = act(ready);
    });
    const last: Promise<void> = acted
      .catch(() => {})
      .then(() => {
        if (this.#last.get(key) === last) this.#last.delete(key);
      });
    this.#last.set(key, last);
    return acted.then(() => result);
  }
}
