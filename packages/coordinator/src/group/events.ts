import { MalformedMessageError } from '@tidelog/protocol';
import { classicRecords } from '../classic-group/records.ts';
import { consumerGroupRecords } from '../consumer-group/records.ts';
import type { EventCodec } from '../host/machine.ts';
import { offsetRecords } from '../offsets/offset-record.ts';
import { shareGroupRecords } from '../share-group/records.ts';
import { streamsGroupRecords } from '../streams-group/records.ts';
import type { EventOf, RecordCodec } from './record-codec.ts';

/** Every kind of record of `__consumer_offsets`. */
const codecs = {
  ...offsetRecords,
  ...classicRecords,
  ...consumerGroupRecords,
  ...shareGroupRecords,
  ...streamsGroupRecords,
};

/** A record of `__consumer_offsets`. A null value is a tombstone. */
export type GroupEvent = EventOf<typeof codecs>;

const byKeyType = new Map(
  Object.values(codecs).flatMap((codec) =>
    codec.keyTypes.map((type): [number, RecordCodec<GroupEvent>] => [type, codec as never]),
  ),
);

/** Records as Kafka 4.3 writes them; reads all that any release has written. */
export const groupEventCodec: EventCodec<GroupEvent> = {
  encode: (event) => codecOf(event).encode(event),

  decode(key, value) {
    if (key === null || key.length < 2) throw new MalformedMessageError('group record key', 0);
    return byKeyType.get(key.readInt16BE(0))?.decode(key.subarray(2), value) ?? null;
  },
};

/** No less than the bytes that the record of an event takes in a batch. */
export function sizeUpperBound(event: GroupEvent): number {
  return codecOf(event).sizeBound(event);
}

function codecOf(event: GroupEvent): RecordCodec<GroupEvent> {
  return codecs[event.kind];
}

/** What a string of a record may take at most in UTF-8, with room for what ends a member id. */
const LONGEST_TEXT_BYTES = 0x7fff - 64;

/**
 * Whether strings of a request can stand in a record. They may not even where the request could be
 * read: bytes that are no UTF-8 take three times their size when they are written again.
 */
export function areStorable(texts: readonly (string | null)[]): boolean {
  return texts.every(
    (text) =>
      text === null ||
      3 * text.length <= LONGEST_TEXT_BYTES ||
      Buffer.byteLength(text) <= LONGEST_TEXT_BYTES,
  );
}
