import {
  type Decoded,
  type Encodable,
  MalformedMessageError,
  shareSnapshotKey,
  shareSnapshotValue,
  shareUpdateKey,
  shareUpdateValue,
} from '@tidelog/protocol';
import { decodeVersioned, encodePrefixed } from '../group/record-codec.ts';
import type { EventCodec } from '../host/machine.ts';
import type { SharePartitionKey } from './share-partition-key.ts';

export type ShareSnapshot = Decoded<typeof shareSnapshotValue>;
export type ShareUpdate = Decoded<typeof shareUpdateValue>;

/** A record of `__share_group_state`. */
export type ShareStateEvent =
  /** The whole state of a share partition; null: there is none any more. */
  | {
      readonly kind: 'snapshot';
      readonly key: SharePartitionKey;
      readonly value: Encodable<typeof shareSnapshotValue> | null;
    }
  /** What has changed since the snapshot. */
  | {
      readonly kind: 'update';
      readonly key: SharePartitionKey;
      readonly value: Encodable<typeof shareUpdateValue>;
    };

const SNAPSHOT = 0;
const UPDATE = 1;
const VALUE_VERSION = 0;

/** Records as Kafka 4.3 writes them. */
export const shareStateCodec: EventCodec<ShareStateEvent> = {
  encode({ kind, key, value }) {
    if (kind === 'update') {
      return {
        key: encodePrefixed(UPDATE, shareUpdateKey, key),
        value: encodePrefixed(VALUE_VERSION, shareUpdateValue, value),
      };
    }
    return {
      key: encodePrefixed(SNAPSHOT, shareSnapshotKey, key),
      value: value === null ? null : encodePrefixed(VALUE_VERSION, shareSnapshotValue, value),
    };
  },

  decode(key, value) {
    if (key === null || key.length < 2) throw new MalformedMessageError('share state key', 0);
    const type = key.readInt16BE(0);
    if (type === SNAPSHOT) {
      return {
        kind: 'snapshot',
        key: shareSnapshotKey.decode(key.subarray(2), 0),
        value: value && decodeVersioned(shareSnapshotValue, value),
      };
    }
    // Kafka writes no update without a value, and would not know what to make of it.
    if (type !== UPDATE || value === null) return null;
    return {
      kind: 'update',
      key: shareUpdateKey.decode(key.subarray(2), 0),
      value: decodeVersioned(shareUpdateValue, value),
    };
  },
};

/** What a batch and a record need besides the names and the state batches. */
const OVERHEAD_BYTES = 256;
const STATE_BATCH_BYTES = 20;

/** No less than the bytes of a batch that holds the record of an event alone. */
export function sizeUpperBound({ key, value }: ShareStateEvent): number {
  const batches = value?.stateBatches?.length ?? 0;
  return OVERHEAD_BYTES + 3 * key.groupId.length + STATE_BATCH_BYTES * batches;
}
