import { decodeRecord } from '@tidelog/metadata';
import {
  batchIsControl,
  controlRecordTypes,
  groupRecords,
  type Message,
  type RecordCursor,
  Reader,
  readControlRecordType,
  readEndTxnMarker,
  shareGroupRecords,
  shareStateRecords,
  streamsGroupRecords,
  type Struct,
  transactionRecords,
} from '@tidelog/protocol';
import { decodeControlBatch } from '@tidelog/raft';
import { isSecret } from '../connection/client-properties.ts';
import { jsonBytes } from '../records/json-line.ts';
import type { Plain } from '../terminal/yaml.ts';
import { plainData } from './plain-data.ts';

/** How keys and values are read: as they are, or as the records of one of Kafka's own topics. */
export type Decoding = 'bytes' | 'groups' | 'transactions' | 'share-state' | 'metadata';

/** What a record says. `kind` is the name of its schema, `control` for markers, null for plain bytes. */
export interface DecodedRecord {
  readonly kind: string | null;
  readonly key: Plain;
  readonly value: Plain;
}

type Schemas = ReadonlyMap<
  number,
  { readonly key: Message<Struct>; readonly value: Message<Struct> }
>;

const coordinatorRecords: Readonly<Record<'groups' | 'transactions' | 'share-state', Schemas>> = {
  groups: new Map([...groupRecords, ...shareGroupRecords, ...streamsGroupRecords]),
  transactions: transactionRecords,
  'share-state': shareStateRecords,
};

const decodingOfTopic: Readonly<Record<string, Decoding>> = {
  __consumer_offsets: 'groups',
  __transaction_state: 'transactions',
  __share_group_state: 'share-state',
  __cluster_metadata: 'metadata',
};

export function decodingOf(topic: string): Decoding {
  return Object.hasOwn(decodingOfTopic, topic) ? decodingOfTopic[topic]! : 'bytes';
}

/** The record that a cursor stands on. What cannot be decoded is shown as bytes. */
export function decodeAt({ buf, ...at }: Positions, decoding: Decoding): DecodedRecord {
  const key = at.keySize < 0 ? null : buf.subarray(at.keyAt, at.keyAt + at.keySize);
  const value = at.valueSize < 0 ? null : buf.subarray(at.valueAt, at.valueAt + at.valueSize);
  try {
    if (decoding === 'metadata' && value !== null) return decodeMetadata(value);
    if (decoding === 'bytes' || decoding === 'metadata' || key === null) return asBytes(key, value);
    return decodeKeyed(coordinatorRecords[decoding], key, value);
  } catch (error) {
    return { ...asBytes(key, value), kind: `unreadable: ${(error as Error).message}` };
  }
}

type Positions = Pick<RecordCursor, 'buf' | 'keyAt' | 'keySize' | 'valueAt' | 'valueSize'>;

function asBytes(key: Buffer | null, value: Buffer | null): DecodedRecord {
  return { kind: null, key: jsonBytes(key), value: jsonBytes(value) };
}

function decodeMetadata(value: Buffer): DecodedRecord {
  const { type, ...fields } = decodeRecord(value) as { type: string; [field: string]: unknown };
  const isHidden = typeof fields.name === 'string' && isSecret(fields.name) && 'value' in fields;
  return {
    kind: type,
    key: null,
    value: plainData(isHidden ? { ...fields, value: '(hidden)' } : fields),
  };
}

/** A key after its type, a value after its version; null is a tombstone. */
function decodeKeyed(schemas: Schemas, key: Buffer, value: Buffer | null): DecodedRecord {
  const type = key.length < 2 ? -1 : key.readInt16BE(0);
  const schema = schemas.get(type);
  if (schema === undefined) throw new Error(`no key of type ${type}`);
  // The oldest kinds of key are versions of one another, and their type is that version.
  const keyVersion = schema.key.versions[1] === 0 ? 0 : type;
  return {
    kind: schema.key.name.replace(/Key$/, ''),
    key: plainData(read(schema.key, key.subarray(2), keyVersion)),
    value:
      value === null
        ? null
        : plainData(read(schema.value, value.subarray(2), value.readInt16BE(0))),
  };
}

function read(message: Message<Struct>, bytes: Buffer, version: number): unknown {
  const [lowest, highest] = message.versions;
  if (version < lowest || version > highest)
    throw new Error(`${message.name} of version ${version}`);
  const reader = new Reader(bytes);
  const value = message.read(reader, version);
  if (reader.failed) throw new Error(`${message.name} is cut short`);
  return value;
}

const controlNames = new Map<number, string>(
  Object.entries(controlRecordTypes).map(([name, type]) => [type, name]),
);

/** The record that a cursor stands on in a control batch: a marker, or what consensus wrote. */
export function decodeControlAt(
  { buf, ...at }: Positions,
  batch: Buffer,
  index: number,
): DecodedRecord {
  const key = at.keySize < 0 ? null : buf.subarray(at.keyAt, at.keyAt + at.keySize);
  const value = at.valueSize < 0 ? null : buf.subarray(at.valueAt, at.valueAt + at.valueSize);
  const type = readControlRecordType(key) ?? -1;
  const kind = controlNames.get(type) ?? `control ${type}`;
  if (type === controlRecordTypes.abort || type === controlRecordTypes.commit) {
    return { kind, key: null, value: { coordinatorEpoch: readEndTxnMarker(value) ?? null } };
  }
  const record = batchIsControl(batch, 0) ? decodeControlBatch(batch, 0)[index] : null;
  const { type: _, ...fields } = record ?? { type: null };
  return { kind, key: null, value: plainData(fields) };
}
