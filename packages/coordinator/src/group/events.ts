import {
  type Decoded,
  groupMetadataKey,
  groupMetadataValue,
  MalformedMessageError,
  type Message,
  offsetCommitKey,
  offsetCommitValue,
  Reader,
  type Struct,
  Writer,
} from '@tidelog/protocol';
import type { EventCodec } from '../host/machine.ts';

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

export type GroupValue = Decoded<typeof groupMetadataValue>;
export type GroupValueMember = GroupValue['members'][number];
export type ForeignGroupType = 'consumer' | 'share' | 'streams';

/** A record of `__consumer_offsets`. A null value is a tombstone. */
export type GroupEvent =
  | {
      readonly kind: 'offset';
      readonly groupId: string;
      readonly topic: string;
      readonly partition: number;
      readonly value: OffsetValue | null;
    }
  | { readonly kind: 'group'; readonly groupId: string; readonly value: GroupValue | null }
  /** A group of a newer protocol (KIP-848, KIP-932, KIP-1071) exists, or not any more. */
  | {
      readonly kind: 'foreign';
      readonly groupId: string;
      readonly type: ForeignGroupType;
      readonly exists: boolean;
    };

const LEGACY_OFFSET_COMMIT = 0;
const OFFSET_COMMIT = 1;
const GROUP_METADATA = 2;

/** The record that says that a group of another kind exists; its other records are passed over. */
const foreignKeys = new Map<number, ForeignGroupType>([
  [3, 'consumer'],
  [11, 'share'],
  [17, 'streams'],
]);

const GROUP_VALUE_VERSION = 3;
const OFFSET_VALUE_VERSION = 4;
/** The only version that has an expiry. */
const EXPIRING_OFFSET_VALUE_VERSION = 1;

/** Records as Kafka 4.3 writes them; reads all that any release has written. */
export const groupEventCodec: EventCodec<GroupEvent> = {
  encode(event) {
    switch (event.kind) {
      case 'offset':
        return {
          key: encode(OFFSET_COMMIT, offsetCommitKey, {
            group: event.groupId,
            topic: event.topic,
            partition: event.partition,
          }),
          value: event.value === null ? null : encodeOffset(event.value),
        };
      case 'group':
        return {
          key: encode(GROUP_METADATA, groupMetadataKey, { group: event.groupId }),
          value:
            event.value === null
              ? null
              : encode(GROUP_VALUE_VERSION, groupMetadataValue, event.value),
        };
      case 'foreign':
        throw new Error('groups of other kinds are never written');
    }
  },

  decode(key, value) {
    if (key === null || key.length < 2) throw new MalformedMessageError('group record key', 0);
    const type = key.readInt16BE(0);
    if (type === LEGACY_OFFSET_COMMIT || type === OFFSET_COMMIT) {
      const { group: groupId, topic, partition } = offsetCommitKey.decode(key.subarray(2), 0);
      return {
        kind: 'offset',
        groupId,
        topic,
        partition,
        value: value && decodeVersioned(offsetCommitValue, value),
      };
    }
    if (type === GROUP_METADATA) {
      const { group: groupId } = groupMetadataKey.decode(key.subarray(2), 0);
      return { kind: 'group', groupId, value: value && decodeGroup(value) };
    }
    const foreign = foreignKeys.get(type);
    if (foreign === undefined) return null;
    const { group: groupId } = groupMetadataKey.decode(key.subarray(2), 0);
    return { kind: 'foreign', groupId, type: foreign, exists: value !== null };
  },
};

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

/** No less than the bytes that the record of an event takes in a batch. */
export function sizeUpperBound(event: GroupEvent): number {
  const overhead = 64;
  const key = 3 * event.groupId.length;
  if (event.kind === 'foreign' || event.value === null) return overhead + key;
  if (event.kind === 'offset') {
    return 2 * overhead + key + 3 * (event.topic.length + event.value.metadata.length);
  }
  const { protocol, protocolType, leader, members } = event.value;
  let size =
    2 * overhead +
    key +
    3 * (protocolType.length + (protocol?.length ?? 0) + (leader?.length ?? 0));
  for (const member of members) {
    const text =
      member.memberId.length +
      (member.groupInstanceId?.length ?? 0) +
      member.clientId.length +
      member.clientHost.length;
    size += overhead + 3 * text + member.subscription.length + member.assignment.length;
  }
  return size;
}

function encodeOffset(value: OffsetValue): Buffer {
  const version =
    value.expireTimestamp === -1 ? OFFSET_VALUE_VERSION : EXPIRING_OFFSET_VALUE_VERSION;
  return encode(version, offsetCommitValue, value);
}

/** Copies the bytes of the members, which would otherwise keep what was read alive. */
function decodeGroup(buffer: Buffer): GroupValue {
  const value = decodeVersioned(groupMetadataValue, buffer);
  for (const member of value.members) {
    member.subscription = Buffer.from(member.subscription);
    member.assignment = Buffer.from(member.assignment);
  }
  return value;
}

function encode<S extends Struct>(
  prefix: number,
  message: Message<S>,
  value: Parameters<Message<S>['write']>[1],
): Buffer {
  const writer = new Writer(128);
  writer.int16(prefix);
  // Keys have one version whatever their type; a value's prefix is its version.
  message.write(writer, value, message.versions[1] === 0 ? 0 : prefix);
  return writer.toBuffer();
}

function decodeVersioned<S extends Struct>(message: Message<S>, buffer: Buffer) {
  if (buffer.length < 2) throw new MalformedMessageError(message.name, 0);
  const version = buffer.readInt16BE(0);
  if (version < message.versions[0] || version > message.versions[1]) {
    throw new MalformedMessageError(message.name, version);
  }
  const reader = new Reader(buffer.subarray(2));
  const value = message.read(reader, version);
  // Bytes after the end are left alone: a newer release may have added some.
  if (reader.failed) throw new MalformedMessageError(message.name, version);
  return value;
}
