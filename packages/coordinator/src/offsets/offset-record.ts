import { offsetCommitKey, offsetCommitValue } from '@tidelog/protocol';
import { decodeVersioned, encodePrefixed, type RecordCodec } from '../group/record-codec.ts';

/** A committed offset, as its record holds it. */
export interface OffsetValue {
  readonly offset: number;
  /** -1 when the client gave none. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestamp: number;
  /** -1, or when it expires whatever the group does (`retention_time_ms`, OffsetCommit v2 to v4). */
  readonly expireTimestamp: number;
  /** Zero in records of releases before topic ids were stored. */
  readonly topicId: string;
}

export interface OffsetEvent {
  readonly kind: 'offset';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** Null: the offset is deleted. */
  readonly value: OffsetValue | null;
}

const LEGACY_OFFSET_COMMIT = 0;
const OFFSET_COMMIT = 1;
const OFFSET_VALUE_VERSION = 4;
/** The only version that has an expiry. */
const EXPIRING_OFFSET_VALUE_VERSION = 1;
const OVERHEAD = 64;

const offset: RecordCodec<OffsetEvent> = {
  keyTypes: [OFFSET_COMMIT, LEGACY_OFFSET_COMMIT],

  encode: ({ groupId, topic, partition, value }) => ({
    key: encodePrefixed(OFFSET_COMMIT, offsetCommitKey, { group: groupId, topic, partition }),
    value: value === null ? null : encodeValue(value),
  }),

  decode(key, value) {
    const { group: groupId, topic, partition } = offsetCommitKey.decode(key, 0);
    const decoded = value && decodeVersioned(offsetCommitValue, value);
    return { kind: 'offset', groupId, topic, partition, value: decoded };
  },

  sizeBound({ groupId, topic, value }) {
    return 2 * OVERHEAD + 3 * (groupId.length + topic.length + (value?.metadata.length ?? 0));
  },
};

export const offsetRecords = { offset };

function encodeValue(value: OffsetValue): Buffer {
  const version =
    value.expireTimestamp === -1 ? OFFSET_VALUE_VERSION : EXPIRING_OFFSET_VALUE_VERSION;
  return encodePrefixed(version, offsetCommitValue, value);
}
