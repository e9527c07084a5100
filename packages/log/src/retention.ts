import type { LogConfig } from './config.ts';
import type { FileCache } from './files/file-cache.ts';
import type { Segment } from './segment/segment.ts';
import type { Segments } from './segment/segments.ts';

export interface RetentionView {
  readonly config: LogConfig;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
}

/**
 * The oldest segments that may go: below the log start offset, or, with `cleanup.policy=delete`, too
 * old (`retention.ms`) or too many (`retention.bytes`). Never one that reaches above the high
 * watermark, and never the active one while it is empty.
 */
export function deletableSegments(
  segments: Segments,
  view: RetentionView,
  files: FileCache,
  now: number,
): Segment[] {
  const { config, highWatermark } = view;
  const bySize = config.delete && config.retentionBytes >= 0;
  let excessBytes = bySize ? segments.sizeBytes - config.retentionBytes : Number.NEGATIVE_INFINITY;
  const deletable: Segment[] = [];
  for (const segment of segments.all) {
    const next = segments.after(segment);
    const endOffset = next?.baseOffset ?? view.logEndOffset;
    const belowStart = next !== undefined && next.baseOffset <= view.logStartOffset;
    const tooMuch = excessBytes >= segment.sizeBytes;
    if (highWatermark < endOffset || (next === undefined && segment.sizeBytes === 0)) break;
    if (!belowStart && !tooMuch && !isTooOld(segment, view.config, files, now)) break;
    excessBytes -= segment.sizeBytes;
    deletable.push(segment);
  }
  return deletable;
}

function isTooOld(segment: Segment, config: LogConfig, files: FileCache, now: number): boolean {
  if (!config.delete || config.retentionMs < 0) return false;
  return now - segment.largestTimestamp(files) > config.retentionMs;
}
