import type { Client, ConsumedMessage, ConsumerOptions } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import type { PartitionRange } from '../offsets/resolve-ranges.ts';
import { keyOf } from '../topic-partitions.ts';

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly consumer?: ConsumerOptions;
}

const LOOK_MS = 50;

/**
 * Reads partitions without a group, each from an offset up to another one; ends when all are there, and
 * never where one has no end.
 */
export async function* readRanges(
  client: Client,
  ranges: readonly PartitionRange[],
  { signal, consumer: options = {} }: ReadOptions,
): AsyncGenerator<readonly ConsumedMessage[]> {
  ranges.forEach(checkRange);
  const open = ranges.filter(({ from, until }) => until === null || from < until);
  if (open.length === 0) return;
  const left = new Map(open.map((range) => [keyOf(range), range]));
  const consumer = client.consumer({
    ...options,
    autoOffsetReset: 'none',
    allowAutoTopicCreation: false,
  });
  const done = new AbortController();
  const look = (): void => {
    for (const [key, range] of left) {
      if (range.until === null || (consumer.position(range) ?? -1) < range.until) continue;
      left.delete(key);
      consumer.pause([range]);
    }
    if (left.size === 0) done.abort();
  };
  // The last offsets of a range may have no message, after compaction or behind a transaction's marker.
  const timer = setInterval(look, LOOK_MS);
  try {
    consumer.assign(
      open.map(({ topic, partition, from, logStartOffset }) => ({
        topic,
        partition,
        offset: Math.max(from, logStartOffset),
      })),
    );
    const until = AbortSignal.any([signal, done.signal]);
    for await (const batch of consumer.batches({ signal: until })) {
      const end = left.get(keyOf(batch))?.until ?? Number.POSITIVE_INFINITY;
      const messages = batch.messages.filter(({ offset }) => offset < end);
      if (messages.length > 0) yield messages;
      look();
    }
  } finally {
    clearInterval(timer);
    await consumer.close();
  }
}

function checkRange({ topic, partition, from, logEndOffset }: PartitionRange): void {
  if (from <= logEndOffset) return;
  throw new CommandError(
    `${topic}-${partition} ends at offset ${logEndOffset}; there is no offset ${from} yet`,
  );
}
