import { batchLeaderEpoch, RecordCursor } from '@tidelog/protocol';
import type { FileCache } from '../files/file-cache.ts';
import type { TimestampAndOffset } from '../results.ts';
import type { Segment } from '../segment/segment.ts';
import type { Segments } from '../segment/segments.ts';

const cursor = new RecordCursor();

/** The first record at `startOffset` or behind it that is at least as new as `timestamp`; null when none is. */
export function findByTimestamp(
  segments: Segments,
  files: FileCache,
  timestamp: number,
  startOffset: number,
): TimestampAndOffset | null {
  for (const segment of segments.all) {
    if (segment.largestTimestamp(files) < timestamp) continue;
    return findInSegment(segment, timestamp, startOffset);
  }
  return null;
}

function findInSegment(
  segment: Segment,
  timestamp: number,
  startOffset: number,
): TimestampAndOffset | null {
  const near = Math.max(segment.timeIndex.lookup(timestamp), startOffset);
  const scan = segment.scanFrom(segment.offsetIndex.lookup(near));
  while (scan.next()) {
    if (scan.maxTimestamp < timestamp) continue;
    const batch = segment.read(scan.position, Buffer.allocUnsafe(scan.sizeBytes));
    const found = findInBatch(batch, (time, offset) => time >= timestamp && offset >= startOffset);
    if (found !== null) return found;
  }
  return null;
}

/** The record with the greatest timestamp of all, the first of them; null when the log has none. */
export function findMaxTimestamp(segments: Segments): TimestampAndOffset | null {
  let newest = segments.first;
  for (const segment of segments.all) {
    if (segment.newestRecord.timestamp > newest.newestRecord.timestamp) newest = segment;
  }
  const { timestamp, offset } = newest.newestRecord;
  const scan = newest.scanFrom(newest.offsetIndex.lookup(offset));
  while (scan.next()) {
    if (scan.maxTimestamp !== timestamp) continue;
    const batch = newest.read(scan.position, Buffer.allocUnsafe(scan.sizeBytes));
    return findInBatch(batch, (time) => time === timestamp);
  }
  return null;
}

function findInBatch(
  batch: Buffer,
  matches: (timestamp: number, offset: number) => boolean,
): TimestampAndOffset | null {
  cursor.open(batch, 0);
  while (cursor.next()) {
    const { timestamp, offset } = cursor;
    if (!matches(timestamp, offset)) continue;
    return { timestamp, offset, leaderEpoch: batchLeaderEpoch(batch, 0) };
  }
  return null;
}
