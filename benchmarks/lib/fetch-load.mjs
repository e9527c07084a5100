/** Connections that read what lies in a partition. */
import { fetchedBytes, fetchFrame } from './requests.mjs';

/**
 * Reads a partition from `from` to its end, again and again.
 * @param {{ topic: string, partition: number, batch: { bytes: Buffer, records: number },
 *   from: number, end: number, stepBytes: number }} what offsets of whole batches
 * @returns {import('./load.mjs').Source}
 */
export function fetchSource({ topic, partition, batch, from, end, stepBytes }) {
  const { frame, offsetAt } = fetchFrame({ topic, partition, maxBytes: stepBytes, maxWaitMs: 500 });
  let next = from;
  return {
    requests() {
      frame.writeBigInt64BE(BigInt(next), offsetAt);
      return frame;
    },
    reply(head) {
      const batches = Math.floor(fetchedBytes(head, topic) / batch.bytes.length);
      if (batches === 0) throw new Error(`Fetch finds nothing at offset ${next}`);
      next += batches * batch.records;
      if (next >= end) next = from;
      return batches * batch.bytes.length; // a part of one more is of no use to a consumer
    },
  };
}
