import { type Decoded, groupMetadataKey, groupMetadataValue } from '@tidelog/protocol';
import { decodeVersioned, encodePrefixed, type RecordCodec } from '../group/record-codec.ts';

export type GroupValue = Decoded<typeof groupMetadataValue>;
export type GroupValueMember = GroupValue['members'][number];

export interface ClassicEvent {
  readonly kind: 'classic';
  readonly groupId: string;
  /** Null: the group is deleted. */
  readonly value: GroupValue | null;
}

const GROUP_METADATA = 2;
const GROUP_VALUE_VERSION = 3;
const OVERHEAD = 64;

const classic: RecordCodec<ClassicEvent> = {
  keyTypes: [GROUP_METADATA],

  encode: ({ groupId, value }) => ({
    key: encodePrefixed(GROUP_METADATA, groupMetadataKey, { group: groupId }),
    value: value && encodePrefixed(GROUP_VALUE_VERSION, groupMetadataValue, value),
  }),

  decode(key, value) {
    const { group: groupId } = groupMetadataKey.decode(key, 0);
    return { kind: 'classic', groupId, value: value && decodeValue(value) };
  },

  sizeBound({ groupId, value }) {
    const key = 3 * groupId.length;
    if (value === null) return OVERHEAD + key;
    const { protocol, protocolType, leader, members } = value;
    const names = protocolType.length + (protocol?.length ?? 0) + (leader?.length ?? 0);
    let size = 2 * OVERHEAD + key + 3 * names;
    for (const member of members) {
      const text =
        member.memberId.length +
        (member.groupInstanceId?.length ?? 0) +
        member.clientId.length +
        member.clientHost.length;
      size += OVERHEAD + 3 * text + member.subscription.length + member.assignment.length;
    }
    return size;
  },
};

/** Records of classic groups, by the kind of their event. */
export const classicRecords = { classic };

/** Copies the bytes of the members, which would otherwise keep what was read alive. */
function decodeValue(buffer: Buffer): GroupValue {
  const value = decodeVersioned(groupMetadataValue, buffer);
  for (const member of value.members) {
    member.subscription = Buffer.from(member.subscription);
    member.assignment = Buffer.from(member.assignment);
  }
  return value;
}
