import type { KafkaError } from '@tidelog/protocol';
import type { AcquireRequest, ShareLimits } from './acquire.ts';
import type { StateBatch } from './in-flight.ts';
import { SharePartition, type StateWrite } from './share-partition.ts';

const STATE_LETTERS: Readonly<Record<number, string>> = {
  0: 'available',
  1: 'acquired',
  2: 'acknowledged',
  4: 'archived',
};

export const defaultLimits: ShareLimits = {
  maxRecordLocks: 2000,
  maxDeliveryCount: 5,
  lockDurationMs: 1000,
  renewable: true,
};

/** A share partition that tests talk to in short; the log has batches of ten records. */
export class Script {
  partition: SharePartition;
  nowMs = 0;
  limits: ShareLimits;

  constructor(
    options: {
      startOffset?: number;
      stored?: readonly StateBatch[];
      limits?: Partial<ShareLimits>;
    } = {},
  ) {
    const { startOffset = 0, stored = [], limits = {} } = options;
    this.limits = { ...defaultLimits, ...limits };
    const partition = SharePartition.restore(startOffset, stored);
    if (partition === null) throw new Error('not restored');
    this.partition = partition;
  }

  get moment() {
    return { nowMs: this.nowMs, limits: this.limits };
  }

  /** `first-last*count` of what is acquired from a log that ends before `logEnd`. */
  acquire(memberId: string, logEnd: number, options: Partial<AcquireRequest> = {}): string {
    const fetchOffset = this.partition.nextFetchOffset(this.limits.maxRecordLocks);
    if (fetchOffset === null) return 'full';
    const acquired = this.partition.acquire(
      {
        memberId,
        recordLimit: false,
        maxRecords: 500,
        batchSize: 500,
        fetchOffset,
        batches: logBatches(fetchOffset, logEnd),
        aborted: [],
        ...options,
      },
      this.moment,
    );
    return acquired
      .map(
        ({ firstOffset, lastOffset, deliveryCount }) =>
          `${firstOffset}-${lastOffset}*${deliveryCount}`,
      )
      .join(' ');
  }

  /** Begins an acknowledgement: `'0-4 accept'`-like batches as numbers. */
  begin(
    memberId: string,
    ...batches: [first: number, last: number, ...types: number[]][]
  ): StateWrite | KafkaError | null {
    const list = batches.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => ({
      firstOffset,
      lastOffset,
      acknowledgeTypes,
    }));
    return this.partition.acknowledge(memberId, list, this.moment);
  }

  /** Acknowledges and lets the write succeed; the name of the error, or 'ok'. */
  acknowledge(
    memberId: string,
    ...batches: [first: number, last: number, ...types: number[]][]
  ): string {
    const result = this.begin(memberId, ...batches);
    if (result !== null && 'code' in result) return result.name;
    if (result !== null) this.settle(result);
    return 'ok';
  }

  settle(write: StateWrite, succeeded = true): void {
    this.partition.settle(write.id, succeeded, this.moment);
  }

  release(memberId: string): void {
    const write = this.partition.release(memberId, this.moment);
    if (write !== null) this.settle(write);
  }

  /** Lets time go on, with what then is due. */
  wait(ms: number): StateWrite | null {
    this.nowMs += ms;
    return this.partition.nextDeadlineMs <= this.nowMs ? this.partition.expire(this.moment) : null;
  }

  /** All runs, neighbours that look alike as one: `0-4 acquired*1 a`. */
  show(): string {
    const runs: { first: number; last: number; text: string }[] = [];
    for (const { first, last, state, deliveryCount, memberId } of this.partition.ranges) {
      const text = `${STATE_LETTERS[state]}*${deliveryCount} ${memberId}`.trim();
      const before = runs.at(-1);
      if (before?.text === text && before.last === first - 1) before.last = last;
      else runs.push({ first, last, text });
    }
    const list = runs.map(({ first, last, text }) => `${first}-${last} ${text}`);
    return `[${this.partition.startOffset},${this.partition.endOffset}) ${list.join(', ')}`.trim();
  }
}

/** Batches of ten from the one that holds `from` on. */
export function logBatches(from: number, logEnd: number) {
  const batches = [];
  for (let first = from - (from % 10); first < logEnd; first += 10) {
    batches.push({ firstOffset: first, lastOffset: Math.min(first + 9, logEnd - 1) });
  }
  return batches;
}
