/** Something with a deadline. The fields belong to `Alarms`. */
export interface Alarm {
  /** Monotonic milliseconds; Infinity when it is off. */
  deadlineMs: number;
  /** When the heap will look at it next; Infinity when it is not in the heap. */
  queuedMs: number;
}

/** Below this many cancelled alarms the heap is not worth rebuilding. */
const SPARE = 64;

/**
 * Deadlines in a heap. Putting a deadline off, as every heartbeat does, only changes a number: the
 * heap finds out when the old deadline comes, and queues the alarm again.
 */
export class Alarms<A extends Alarm> {
  #times: number[] = [];
  #alarms: A[] = [];
  #cancelled = 0;

  set(alarm: A, deadlineMs: number): void {
    alarm.deadlineMs = deadlineMs;
    if (deadlineMs >= alarm.queuedMs) return;
    alarm.queuedMs = deadlineMs;
    this.#push(deadlineMs, alarm);
  }

  cancel(alarm: A): void {
    if (alarm.deadlineMs === Infinity) return;
    alarm.deadlineMs = Infinity;
    this.#cancelled++;
    if (this.#cancelled > SPARE && this.#cancelled > this.#times.length / 2) this.#rebuild();
  }

  /** When to look again; possibly too early, never too late. */
  next(): number {
    return this.#times[0] ?? Infinity;
  }

  /** The next alarm that is due, switched off; undefined when none is. */
  due(nowMs: number): A | undefined {
    while (this.next() <= nowMs) {
      const queuedMs = this.#times[0]!;
      const alarm = this.#pop();
      if (alarm.queuedMs !== queuedMs) continue; // it was queued again for an earlier time
      alarm.queuedMs = Infinity;
      if (alarm.deadlineMs <= nowMs) {
        alarm.deadlineMs = Infinity;
        return alarm;
      }
      if (alarm.deadlineMs < Infinity) this.set(alarm, alarm.deadlineMs);
    }
    return undefined;
  }

  #rebuild(): void {
    const alarms = new Set(this.#alarms);
    this.#times = [];
    this.#alarms = [];
    this.#cancelled = 0;
    for (const alarm of alarms) {
      alarm.queuedMs = Infinity;
      if (alarm.deadlineMs < Infinity) this.set(alarm, alarm.deadlineMs);
    }
  }

  #push(time: number, alarm: A): void {
    let at = this.#times.length;
    this.#times.push(time);
    this.#alarms.push(alarm);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#times[at] = this.#times[parent]!;
      this.#alarms[at] = this.#alarms[parent]!;
      at = parent;
    }
    this.#times[at] = time;
    this.#alarms[at] = alarm;
  }

  #pop(): A {
    const top = this.#alarms[0]!;
    const time = this.#times.pop()!;
    const alarm = this.#alarms.pop()!;
    const size = this.#times.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#times[child + 1]! < this.#times[child]!) child++;
      if (this.#times[child]! >= time) break;
      this.#times[at] = this.#times[child]!;
      this.#alarms[at] = this.#alarms[child]!;
      at = child;
    }
    this.#times[at] = time;
    this.#alarms[at] = alarm;
    return top;
  }
}
