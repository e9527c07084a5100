import type { Log } from '../log.ts';
import type { Segment } from '../segment/segment.ts';

/** What the next cleaning of a log would be about. */
export interface LogToClean {
  readonly log: Log;
  readonly firstDirtyOffset: number;
  /** Where the segments that may be cleaned end. */
  readonly firstUncleanableOffset: number;
  /** Those segments, from the log's first one on. */
  readonly segments: readonly Segment[];
  /** Of the segments that are dirty. */
  readonly cleanableBytes: number;
  readonly totalBytes: number;
  /** Their share of all that would be read. */
  readonly dirtyRatio: number;
  /** For how long records have been waiting that `max.compaction.lag.ms` would have compacted (ms). */
  readonly delayMs: number;
}

/** `checkpoint`: up to where the log is clean, where that is known. */
export function logToClean(log: Log, checkpoint: number | undefined, now: number): LogToClean {
  const { segments } = log;
  const known = checkpoint ?? log.logStartOffset;
  const isValid = known >= log.logStartOffset && known <= log.logEndOffset;
  const firstDirtyOffset = isValid ? known : log.logStartOffset;
  const bound = Math.max(firstDirtyOffset, uncleanableFrom(log, firstDirtyOffset, now));
  const end = segments.floor(bound) ?? segments.first;
  const cleanable = segments.below(end.baseOffset);
  const dirtyFrom = segments.floor(firstDirtyOffset)?.baseOffset ?? 0;
  const dirty = cleanable.filter(({ baseOffset }) => baseOffset >= dirtyFrom);
  const cleanableBytes = sizeOf(dirty);
  const totalBytes = sizeOf(segments.below(firstDirtyOffset)) + cleanableBytes;
  return {
    log,
    firstDirtyOffset,
    firstUncleanableOffset: end.baseOffset,
    segments: cleanable,
    cleanableBytes,
    totalBytes,
    dirtyRatio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    delayMs: compactionDelayMs(log, dirtyFrom, now),
  };
}

/** Whether it is time: dirty enough, or dirty for too long. */
export function needsCleaning({ log, delayMs, cleanableBytes, dirtyRatio }: LogToClean): boolean {
  return cleanableBytes > 0 && (delayMs > 0 || dirtyRatio > log.config.minCleanableDirtyRatio);
}

/**
 * Never the active segment, nothing that is undecided, not replicated or not on stable storage, and no
 * segment with records newer than `min.compaction.lag.ms`.
 */
function uncleanableFrom(log: Log, firstDirtyOffset: number, now: number): number {
  const { segments, config, lastStableOffset, recoverFrom } = log;
  const active = segments.active.baseOffset;
  const first = Math.min(active, lastStableOffset, recoverFrom);
  if (config.minCompactionLagMs <= 0) return first;
  const tooNew = segments
    .from(firstDirtyOffset)
    .find(({ newestRecord }) => newestRecord.timestamp > now - config.minCompactionLagMs);
  return Math.min(first, tooNew?.baseOffset ?? active);
}

function compactionDelayMs({ segments, config }: Log, dirtyFrom: number, now: number): number {
  const cleanUntil = now - config.maxCompactionLagMs;
  if (cleanUntil <= 0) return 0;
  const earliest = segments
    .from(dirtyFrom)
    .filter((segment) => segment !== segments.active)
    .map(({ firstBatchTimestamp }) => firstBatchTimestamp)
    .filter((timestamp) => timestamp > 0);
  return Math.max(0, cleanUntil - Math.min(...earliest, cleanUntil));
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
