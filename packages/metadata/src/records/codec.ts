import { type Message, Reader, type Struct, Writer } from '@tidelog/protocol';
import { type MetadataRecord, recordKinds, type RecordType } from './metadata-record.ts';
import { recordVersion, withoutNewerFields } from './record-versions.ts';

const FRAME_VERSION = 1;

const typeOfKey = new Map<number, RecordType>(
  Object.entries(recordKinds).map(([type, { key }]) => [key, type as RecordType]),
);

/** A record that this release cannot read: its meaning would be lost, so loading must stop. */
export class UnreadableRecordError extends Error {
  constructor(reason: string) {
    super(`unreadable metadata record: ${reason}`);
    this.name = 'UnreadableRecordError';
  }
}

/**
 * The value of a record in the metadata log: uvarint frame version, uvarint key, uvarint version,
 * body. The version is the one that `metadataVersion` allows.
 */
export function encodeRecord(record: MetadataRecord, metadataVersion: number): Buffer {
  const { key, schema } = recordKinds[record.type];
  const version = recordVersion(record.type, metadataVersion);
  const writer = new Writer(96);
  writer.uvarint(FRAME_VERSION);
  writer.uvarint(key);
  writer.uvarint(version);
  // The union of all schemas has no common write type; the record's own type vouches for the pair.
  const message = schema as unknown as Message<Struct>;
  message.write(writer, withoutNewerFields(record, version), version);
  return writer.toBuffer();
}

/** Throws UnreadableRecordError for bytes, keys and versions that this release does not know. */
export function decodeRecord(value: Buffer): MetadataRecord {
  const reader = new Reader(value);
  const frame = reader.uvarint();
  if (reader.failed) throw new UnreadableRecordError('no frame');
  if (frame !== FRAME_VERSION) throw new UnreadableRecordError(`frame version ${frame}`);
  const key = reader.uvarint();
  const type = typeOfKey.get(key);
  if (type === undefined) throw new UnreadableRecordError(`key ${key} is not known`);
  const version = reader.uvarint();
  const schema = recordKinds[type].schema as unknown as Message<Struct>;
  const [lowest, highest] = schema.versions;
  if (version < lowest || version > highest) {
    throw new UnreadableRecordError(`${schema.name} version ${version} is not known`);
  }
  const body = schema.read(reader, version);
  if (reader.failed || reader.remaining() > 0) {
    throw new UnreadableRecordError(`malformed ${schema.name} version ${version}`);
  }
  // Added to the object that the reader made: a copy of each record would double the time to load.
  return Object.assign(body, { type }) as unknown as MetadataRecord;
}
