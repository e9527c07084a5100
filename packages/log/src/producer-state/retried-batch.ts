import { batchProducerEpoch, batchProducerId } from '@tidelog/protocol';
import type { Segment } from '../segment/segment.ts';
import type { Segments } from '../segment/segments.ts';
import {
  BATCHES_KEPT,
  type BatchMetadata,
  batchMetadata,
  type ProducerEntry,
} from './producer-entry.ts';

/** How far back the log is searched: far more than comes between batches that are in flight together. */
const SEARCHED_BYTES = 16 * 1024 * 1024;

/**
 * The batch of the log of which the one at `at` is a retry, if it is one of the producer's newest five.
 *
 * A snapshot has only the newest batch of each producer, and after a clean stop the log is not read
 * again. A producer whose answers were lost in that stop would find its retries out of order, begin a new
 * epoch and write them twice. So the log is asked for the batches before that one, once, when one of
 * them seems to come again.
 */
export function retriedBatch(
  buffer: Buffer,
  at: number,
  entry: ProducerEntry,
  segments: Segments,
): BatchMetadata | undefined {
  const known = entry.findDuplicate(buffer, at);
  if (known !== undefined || !entry.mayHaveForgotten(buffer, at)) return known;
  entry.recall(batchesBefore(entry, segments));
  return entry.findDuplicate(buffer, at);
}

/** The producer's batches of this epoch before those that it has, oldest first. */
function batchesBefore(entry: ProducerEntry, segments: Segments): BatchMetadata[] {
  const wanted = BATCHES_KEPT - entry.batches.length;
  const { lastOffset, offsetDelta } = entry.batches[0]!;
  const firstOffset = lastOffset - offsetDelta;
  let found: BatchMetadata[] = [];
  let room = SEARCHED_BYTES;
  for (const segment of segments.below(firstOffset + 1).toReversed()) {
    const end = segment.find(firstOffset)?.position ?? segment.sizeBytes;
    const start = segment.offsetIndex.positionBefore(end - room);
    found = [...batchesBetween(segment, start, end, entry), ...found].slice(-wanted);
    room -= end - start;
    if (room <= 0 || found.length === wanted) break;
  }
  return found;
}

function batchesBetween(
  segment: Segment,
  start: number,
  end: number,
  { producerId, epoch }: ProducerEntry,
): BatchMetadata[] {
  const found: BatchMetadata[] = [];
  const scan = segment.scanFrom(start);
  while (scan.next() && scan.position < end) {
    const { header } = scan;
    const isOwn = batchProducerId(header, 0) === producerId && !scan.isControl;
    if (isOwn && batchProducerEpoch(header, 0) === epoch) found.push(batchMetadata(header, 0));
  }
  return found;
}
