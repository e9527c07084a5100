import { Violation } from '../../scenario.ts';

/** What a member makes of a record: the numbers of the protocol. */
export const ACCEPT = 1;
export const RELEASE = 2;
export const REJECT = 3;

export interface Acquired {
  readonly memberId: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly deliveryCount: number;
  /** Milliseconds; the lock began at some moment between the two. */
  readonly askedAtMs: number;
  readonly heardAtMs: number;
  /** The run of the broker that gave them: locks end with it. Undefined when it may have ended meanwhile. */
  readonly life: number | undefined;
}

interface RecordHistory {
  holders: Acquired[];
  /** When it was answered that the record is accepted or rejected. */
  doneAtMs: number | undefined;
  /** That it is accepted or rejected was asked for, and may have been done. */
  mayBeDone: boolean;
  deliveryCount: number;
  /** `lostAnswers` when it was last delivered. */
  lostBefore: number;
  released: { deliveryCount: number; atMs: number } | undefined;
}

/** All that a share group was given and has answered, and what it was told of that. */
export class Deliveries {
  readonly #lockMs: number;
  readonly #limit: number;
  readonly #records = new Map<string, RecordHistory>();
  readonly #startOffsets = new Map<number, number>();
  readonly #doneBelow = new Map<number, number>();
  /** Fetches without an answer: each may have delivered any record once more. */
  lostAnswers = 0;
  /** Records that were delivered, each time. */
  count = 0;

  constructor(given: { readonly lockMs: number; readonly deliveryCountLimit: number }) {
    this.#lockMs = given.lockMs;
    this.#limit = given.deliveryCountLimit;
  }

  produced(partition: number, offset: number): void {
    this.#record(partition, offset);
  }

  /** Throws a Violation when one of the records must not have been acquired. */
  acquired(acquired: Acquired): void {
    for (let offset = acquired.first; offset <= acquired.last; offset++) {
      const name = `record ${offset} of partition ${acquired.partition}`;
      const record = this.#record(acquired.partition, offset);
      this.#checkHolders(name, record, acquired);
      const { deliveryCount, askedAtMs } = acquired;
      if (record.doneAtMs !== undefined && record.doneAtMs < askedAtMs) {
        throw new Violation(`${name} was done with, and is delivered again`);
      }
      const least = record.released;
      const isBelow = least !== undefined && least.atMs < askedAtMs;
      if (deliveryCount > this.#limit || (isBelow && deliveryCount <= least.deliveryCount)) {
        throw new Violation(`${name} is delivered for the ${deliveryCount}th time`);
      }
      record.holders = [...record.holders, acquired];
      record.deliveryCount = deliveryCount;
      record.lostBefore = this.lostAnswers;
      this.count++;
    }
  }

  /** The member begins to acknowledge the record: it holds it no longer, whatever the answer is. */
  answers(memberId: string, { partition, offset, type }: Answer): void {
    const record = this.#record(partition, offset);
    record.holders = record.holders.filter((holder) => holder.memberId !== memberId);
    if (type !== RELEASE) record.mayBeDone = true;
  }

  /** The acknowledgement counts. */
  settled({ partition, offset, type, deliveryCount }: Answer, atMs: number): void {
    const record = this.#record(partition, offset);
    if (type === RELEASE) record.released = { deliveryCount, atMs };
    else record.doneAtMs ??= atMs;
  }

  /** The member gives back all that it holds, or has lost it with its connection. */
  letGo(memberId: string): void {
    for (const record of this.#records.values()) {
      if (record.holders.length === 0) continue;
      record.holders = record.holders.filter((holder) => holder.memberId !== memberId);
    }
  }

  /** The group goes on at that offset of a partition. Throws a Violation when it went on behind it before. */
  startsAt(partition: number, startOffset: number): void {
    const before = this.#startOffsets.get(partition) ?? 0;
    if (startOffset < before) {
      throw new Violation(`partition ${partition}: from ${before} back to ${startOffset}`);
    }
    this.#startOffsets.set(partition, startOffset);
    this.doneBelow(partition, startOffset);
  }

  /**
   * The group says that it is done with all records below that offset: each one was accepted or
   * rejected, or delivered as often as may be. Throws a Violation.
   */
  doneBelow(partition: number, end: number): void {
    for (let offset = this.#doneBelow.get(partition) ?? 0; offset < end; offset++) {
      const record = this.#record(partition, offset);
      const lost = this.lostAnswers - record.lostBefore;
      const isDone = record.doneAtMs !== undefined || record.mayBeDone;
      if (isDone || record.deliveryCount + lost >= this.#limit) continue;
      const [name, count] = [`record ${offset} of partition ${partition}`, record.deliveryCount];
      throw new Violation(`${name} was passed over, delivered ${count} times`);
    }
    this.#doneBelow.set(partition, Math.max(end, this.#doneBelow.get(partition) ?? 0));
  }

  #checkHolders(name: string, record: RecordHistory, next: Acquired): void {
    for (const holder of record.holders) {
      if (next.life === undefined || holder.life !== next.life) continue;
      const apartMs = Math.max(
        next.heardAtMs - holder.askedAtMs,
        holder.heardAtMs - next.askedAtMs,
      );
      if (apartMs >= this.#lockMs) continue;
      throw new Violation(`${name} is with ${holder.memberId} and with ${next.memberId}`);
    }
    record.holders = record.holders.filter(
      ({ heardAtMs, life }) => life === next.life && next.askedAtMs - heardAtMs < this.#lockMs,
    );
  }

  #record(partition: number, offset: number): RecordHistory {
    const key = `${partition}/${offset}`;
    let record = this.#records.get(key);
    if (record === undefined) {
      record = {
        holders: [],
        doneAtMs: undefined,
        mayBeDone: false,
        deliveryCount: 0,
        lostBefore: 0,
        released: undefined,
      };
      this.#records.set(key, record);
    }
    return record;
  }
}

/** One record, and what its member makes of it. */
export interface Answer {
  readonly partition: number;
  readonly offset: number;
  /** The delivery that is answered. */
  readonly deliveryCount: number;
  readonly type: number;
}
