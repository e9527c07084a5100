/**
 * Work in lanes: the units of one lane begin one after another, in the order in which they came; units of
 * different lanes run at once, up to `concurrency` of them. Lanes get their turn in the order in which they
 * came to have something to do.
 */
export class WorkQueue<Unit> {
  readonly #concurrency: number;
  /** What has not begun, by lane. */
  readonly #waiting = new Map<string, Unit[]>();
  /** Lanes that have something to do and do nothing. */
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Nothing waits and nothing runs. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running.size === 0;
  }

  add(lane: string, unit: Unit): void {
    const waiting = this.#waiting.get(lane);
    if (waiting === undefined) this.#waiting.set(lane, [unit]);
    else waiting.push(unit);
    if (!this.#running.has(lane)) this.#ready.add(lane);
  }

  /** What may begin now, and has begun with this; null where nothing may. */
  begin(): { readonly lane: string; readonly unit: Unit } | null {
    if (this.#running.size >= this.#concurrency) return null;
    for (const lane of this.#ready) {
      const waiting = this.#waiting.get(lane)!;
      const unit = waiting.shift()!;
      if (waiting.length === 0) this.#waiting.delete(lane);
      this.#ready.delete(lane);
      this.#running.add(lane);
      return { lane, unit };
    }
    return null;
  }

  /** The unit of this lane that ran is over. */
  end(lane: string): void {
    this.#running.delete(lane);
    if (this.#waiting.has(lane)) this.#ready.add(lane);
  }

  /** Forgets what has not begun. */
  drop(isGone: (unit: Unit) => boolean): void {
    for (const [lane, waiting] of this.#waiting) {
      const left = waiting.filter((unit) => !isGone(unit));
      if (left.length > 0) this.#waiting.set(lane, left);
      else {
        this.#waiting.delete(lane);
        this.#ready.delete(lane);
      }
    }
  }
}
