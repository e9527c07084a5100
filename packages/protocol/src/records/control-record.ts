/** Control records: what brokers write between the records of clients. */

/** A control record's type, the second int16 of its key. */
export const controlRecordTypes = {
  abort: 0,
  commit: 1,
  leaderChange: 2,
  snapshotHeader: 3,
  snapshotFooter: 4,
  kraftVersion: 5,
  kraftVoters: 6,
} as const;

export type ControlRecordType = (typeof controlRecordTypes)[keyof typeof controlRecordTypes];

const KEY_VERSION = 0;
const KEY_SIZE = 4;
const END_TXN_MARKER_VERSION = 0;
const END_TXN_MARKER_SIZE = 6;

export function controlRecordKey(type: ControlRecordType): Buffer {
  const key = Buffer.allocUnsafe(KEY_SIZE);
  key.writeInt16BE(KEY_VERSION, 0);
  key.writeInt16BE(type, 2);
  return key;
}

/**
 * The type in a control record's key. Newer versions of the key begin alike, and a type that is not known
 * is to be passed over by the reader; undefined means that this is no such key.
 */
export function readControlRecordType(key: Buffer | null): number | undefined {
  if (key === null || key.length < KEY_SIZE || key.readInt16BE(0) < 0) return undefined;
  return key.readInt16BE(2);
}

/** The value of an abort or commit marker. */
export function endTxnMarkerValue(coordinatorEpoch: number): Buffer {
  const value = Buffer.allocUnsafe(END_TXN_MARKER_SIZE);
  value.writeInt16BE(END_TXN_MARKER_VERSION, 0);
  value.writeInt32BE(coordinatorEpoch, 2);
  return value;
}

/** The coordinator's epoch in a marker's value, or undefined where there is none. */
export function readEndTxnMarker(value: Buffer | null): number | undefined {
  if (value === null || value.length < END_TXN_MARKER_SIZE || value.readInt16BE(0) < 0) {
    return undefined;
  }
  return value.readInt32BE(2);
}
