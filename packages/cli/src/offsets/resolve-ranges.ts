import type { Admin, ListOffsetsOptions, OffsetQuery, TopicPartition } from '@tidelog/client';
import { keyOf } from '../topic-partitions.ts';
import type { OffsetRange, Place } from './offset-range.ts';

/** What a range is in one partition. */
export interface PartitionRange extends TopicPartition {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly from: number;
  /** The first offset that is left out; null: never stop. */
  readonly until: number | null;
}

/**
 * Looks a range up in partitions. Places outside of a log are moved to its ends; offsets are not. The end for
 * `read_committed` is where the first open transaction begins.
 */
export async function resolveRanges(
  admin: Admin,
  partitions: readonly TopicPartition[],
  { from, until }: OffsetRange,
  isolationLevel: ListOffsetsOptions['isolationLevel'] = 'read_uncommitted',
): Promise<PartitionRange[]> {
  const places = [from, ...(until === null ? [] : [until])];
  const queries = partitions.flatMap((partition): OffsetQuery[] => [
    { ...partition, spec: 'earliest' },
    { ...partition, spec: 'latest' },
    ...timesOf(places).map((timestamp) => ({ ...partition, spec: { timestamp } })),
  ]);
  const found = await admin.listOffsets(queries, { isolationLevel });
  const offsets = new Map<string, Map<string, number>>();
  for (const [index, { offset }] of found.entries()) {
    const { spec, ...partition } = queries[index]!;
    const key = keyOf(partition);
    const own = offsets.get(key) ?? new Map<string, number>();
    offsets.set(key, own.set(JSON.stringify(spec), offset));
  }
  return partitions.map(({ topic, partition }): PartitionRange => {
    const own = offsets.get(keyOf({ topic, partition }))!;
    const logStartOffset = own.get('"earliest"')!;
    const logEndOffset = own.get('"latest"')!;
    const offsetOf = (place: Place): number => {
      switch (place.kind) {
        case 'start':
          return logStartOffset;
        case 'end':
          return logEndOffset;
        case 'offset':
          return place.offset;
        case 'after-start':
          return Math.min(logStartOffset + place.count, logEndOffset);
        case 'before-end':
          return Math.max(logEndOffset - place.count, logStartOffset);
        case 'time': {
          const at = own.get(JSON.stringify({ timestamp: place.timeMs }))!;
          return at < 0 ? logEndOffset : at;
        }
      }
    };
    const range = { topic, partition, logStartOffset, logEndOffset, from: offsetOf(from) };
    return { ...range, until: until === null ? null : offsetOf(until) };
  });
}

function timesOf(places: readonly Place[]): number[] {
  const times = places.flatMap((place) => (place.kind === 'time' ? [place.timeMs] : []));
  return [...new Set(times)];
}
