import { BATCH_HEADER_SIZE } from '@tidelog/protocol';
import { isExpired, type ProducerState } from '../producer-state/producer-state.ts';
import type { SnapshotFiles } from '../producer-state/snapshot-files.ts';
import type { Segments } from '../segment/segments.ts';

export interface ProducerLoad {
  readonly segments: Segments;
  readonly snapshots: SnapshotFiles;
  readonly logStartOffset: number;
  readonly now: number;
  readonly expirationMs: number;
}

/**
 * Brings the producers to where they were when the log ended at `endOffset`: from the newest sound
 * snapshot up to there, and from the batches that follow it.
 */
export function loadProducers(state: ProducerState, endOffset: number, load: ProducerLoad): void {
  const { segments, snapshots, logStartOffset, now, expirationMs } = load;
  const snapshot = snapshots.newest(logStartOffset, endOffset);
  const known = (snapshot?.producers ?? []).filter((entry) => !isExpired(entry, now, expirationMs));
  state.load(known, snapshot?.offset ?? logStartOffset);
  for (const segment of segments.from(state.endOffset)) {
    if (segment.baseOffset >= endOffset) break;
    const start = segment.find(state.endOffset);
    if (start === null) continue;
    const scan = segment.scanFrom(start.position);
    while (scan.next() && scan.baseOffset < endOffset) {
      // Only markers are looked into, so the header will do for the rest.
      const size = scan.isControl ? scan.sizeBytes : BATCH_HEADER_SIZE;
      state.apply(segment.read(scan.position, Buffer.allocUnsafe(size)), 0);
    }
  }
  state.endOffset = endOffset;
}
