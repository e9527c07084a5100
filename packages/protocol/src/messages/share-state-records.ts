import { array, int16, int32, int64, int8, string, uuid, type Struct } from '../schema/field.ts';
import { type Message, message } from '../schema/message.ts';

export const shareSnapshotKey = message({
  name: 'ShareSnapshotKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    topicId: uuid,
    partition: int32,
  },
});

export const shareSnapshotValue = message({
  name: 'ShareSnapshotValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    snapshotEpoch: int32,
    stateEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tagged(0).default(-1),
    createTimestamp: int64,
    writeTimestamp: int64,
    stateBatches: array({
      firstOffset: int64,
      lastOffset: int64,
      deliveryState: int8,
      deliveryCount: int16,
    }),
  },
});

export const shareUpdateKey = message({
  name: 'ShareUpdateKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    topicId: uuid,
    partition: int32,
  },
});

export const shareUpdateValue = message({
  name: 'ShareUpdateValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    snapshotEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tagged(0).default(-1),
    stateBatches: array({
      firstOffset: int64,
      lastOffset: int64,
      deliveryState: int8,
      deliveryCount: int16,
    }),
  },
});

/** Keys and values by the type that precedes a key. */
export const shareStateRecords = new Map<number, { key: Message<Struct>; value: Message<Struct> }>([
  [0, { key: shareSnapshotKey, value: shareSnapshotValue }],
  [1, { key: shareUpdateKey, value: shareUpdateValue }],
]);
