import {
  type Background,
  type BackgroundRun,
  type BackgroundTask,
  NodeRandom,
} from '@tidelog/platform';
import {
  batchSizeBytes,
  type BatchRecord,
  batchIsControl,
  batchProducerId,
  batchIsTransactional,
  readRecords,
} from '@tidelog/protocol';
import { isFailure, type Log } from '../index.ts';
import { UnsyncedDisk } from '../log.test-support.ts';
import { type CleanerSettings, type CleaningOutcome, LogCleaning } from './log-cleaning.ts';
import { logToClean } from './log-to-clean.ts';

export const settings: CleanerSettings = {
  enabled: true,
  threads: 1,
  dedupeBufferBytes: 1 << 20,
  loadFactor: 0.9,
  ioBufferBytes: 4096,
  maxBytesPerSecond: Number.MAX_VALUE,
  backoffMs: 15_000,
};

/** Runs a task to its end in one turn, or as far as a test lets it. */
export class TestBackground implements Background {
  readonly #disk = new UnsyncedDisk();

  run<Input, Report>(
    task: BackgroundTask<Input, Report>,
    input: Input,
    onReport: (report: Report) => void,
  ): BackgroundRun {
    let stopped = false;
    const ended = Promise.resolve().then(() => {
      const clock = { monotonic: () => 0 };
      for (const { report } of task.steps(structuredClone(input), { disk: this.#disk, clock })) {
        if (stopped) return;
        if (report !== undefined) onReport(report);
      }
    });
    return {
      ended,
      async stop() {
        stopped = true;
      },
    };
  }
}

export const platform = { background: new TestBackground(), random: new NodeRandom() };

export interface CleanOptions extends Partial<CleanerSettings> {
  readonly now: number;
  readonly checkpoint?: number | undefined;
}

/** Cleans all that may be cleaned; the first offset that is not clean. */
export async function clean(log: Log, { now, checkpoint, ...changed }: CleanOptions) {
  log.updateHighWatermark(log.logEndOffset);
  await log.flushed(log.logEndOffset);
  const toClean = logToClean(log, checkpoint, now);
  if (toClean.cleanableBytes === 0) return checkpoint ?? 0;
  const outcome: CleaningOutcome = await new LogCleaning(
    toClean,
    { ...settings, ...changed },
    platform,
    now,
  ).outcome;
  if (outcome.kind === 'aborted') throw new Error('aborted');
  return outcome.endOffset;
}

export interface SeenRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

/** What a consumer that starts at the beginning sees of the batches on the disk. */
export function consume(log: Log, { committed }: { readonly committed: boolean }): SeenRecord[] {
  const seen: SeenRecord[] = [];
  const aborted = log
    .abortedTransactions(log.logStartOffset, log.logEndOffset)
    .toSorted((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<number>();
  let last = -1;
  for (const { baseOffset, lastOffset, producerId, records, isControl, isTransactional } of batches(
    log,
  )) {
    if (baseOffset <= last) throw new Error(`batch at ${baseOffset} behind ${last}`);
    last = lastOffset;
    while (aborted.length > 0 && aborted[0]!.firstOffset <= lastOffset) {
      open.add(aborted.shift()!.producerId);
    }
    if (isControl) {
      const type = records[0]?.key?.readInt16BE(2);
      if (type === 0) open.delete(producerId);
      continue;
    }
    if (committed && isTransactional && open.has(producerId)) continue;
    for (const { offset, key, value, timestamp } of records) {
      seen.push({
        offset,
        key: String(key),
        value: value === null ? null : String(value),
        timestamp,
      });
    }
  }
  return seen;
}

export interface SeenBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly isControl: boolean;
  readonly isTransactional: boolean;
  readonly bytes: Buffer;
  readonly records: BatchRecord[];
}

export function batches(log: Log): SeenBatch[] {
  const found: SeenBatch[] = [];
  for (let at = log.logStartOffset; at < log.logEndOffset; ) {
    const limits = { maxBytes: 1, maxOffset: log.logEndOffset, minOneMessage: true };
    const result = log.read(at, limits);
    if (isFailure(result)) throw new Error(result.message);
    const bytes = Buffer.concat(result.records);
    if (bytes.length === 0) break;
    const whole = bytes.subarray(0, batchSizeBytes(bytes, 0));
    const baseOffset = Number(whole.readBigInt64BE(0));
    const lastOffset = baseOffset + whole.readInt32BE(23);
    found.push({
      baseOffset,
      lastOffset,
      producerId: batchProducerId(whole, 0),
      isControl: batchIsControl(whole, 0),
      isTransactional: batchIsTransactional(whole, 0),
      bytes: whole,
      records: readRecords(whole),
    });
    at = lastOffset + 1;
  }
  return found;
}
