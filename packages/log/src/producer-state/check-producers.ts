import { batchProducerId, batchSizeBytes } from '@tidelog/protocol';
import type { LogFailure } from '../results.ts';
import type { Segments } from '../segment/segments.ts';
import { type AppendRules, checkProducerBatch } from './check-batch.ts';
import type { BatchMetadata } from './producer-entry.ts';
import type { ProducerState } from './producer-state.ts';
import { retriedBatch } from './retried-batch.ts';

/** What a log knows of its producers: in memory, and farther back in its batches. */
interface KnownProducers {
  readonly producers: ProducerState;
  readonly segments: Segments;
}

/**
 * Whether a leader may append these batches. Null when it may; else why not, or the batch of the log
 * that a client has sent once more.
 */
export function checkProducers(
  batches: Buffer,
  { producers, segments }: KnownProducers,
  rules: AppendRules,
): LogFailure | BatchMetadata | null {
  for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
    const producerId = batchProducerId(batches, at);
    if (producerId < 0) continue;
    const entry = producers.get(producerId);
    if (rules.origin === 'client' && entry !== undefined) {
      const retried = retriedBatch(batches, at, entry, segments);
      if (retried !== undefined) return retried;
    }
    const guard = producers.verifications.get(producerId);
    const refused = checkProducerBatch(batches, at, { entry, guard }, rules);
    if (refused !== null) return refused;
  }
  return null;
}
