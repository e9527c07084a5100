import {
  BatchBuilder,
  batchIsControl,
  controlRecordKey,
  controlRecordTypes,
  kRaftVersionRecord,
  leaderChangeMessage,
  readControlRecordType,
  readRecords,
  snapshotFooterRecord,
  snapshotHeaderRecord,
  votersRecord,
} from '@tidelog/protocol';
import { directoryIdOnWire, replicaKey } from '../keys.ts';
import type { Voter } from '../voters/voter-set.ts';
import type { ControlRecord } from './control-records.ts';

/** The one version of each control record that Apache Kafka 4.3 writes. */
const VERSION = 0;

export interface ControlBatchOptions {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  readonly timestampMs: number;
}

/** One control batch with `records`, as the leader writes it to the log or to a snapshot. */
export function encodeControlBatch(
  records: readonly ControlRecord[],
  options: ControlBatchOptions,
): Buffer {
  const builder = new BatchBuilder();
  for (const record of records) {
    const type = typeNumber(record);
    builder.append(options.timestampMs, controlRecordKey(type), encodeValue(record));
  }
  const { baseOffset, leaderEpoch } = options;
  return builder.finish({ baseOffset, leaderEpoch, control: true });
}

/** The control records of the batch at `at`; null for those of other kinds, so that offsets count. */
export function decodeControlBatch(buffer: Buffer, at: number): (ControlRecord | null)[] {
  if (!batchIsControl(buffer, at)) return [];
  return readRecords(buffer, at).map(({ key, value }) =>
    value === null ? null : decodeValue(readControlRecordType(key), value),
  );
}

function typeNumber(
  record: ControlRecord,
): (typeof controlRecordTypes)[
  | 'leaderChange'
  | 'snapshotHeader'
  | 'snapshotFooter'
  | 'kraftVersion'
  | 'kraftVoters'] {
  return controlRecordTypes[record.type === 'voters' ? 'kraftVoters' : record.type];
}

function encodeValue(record: ControlRecord): Buffer {
  const version = VERSION;
  switch (record.type) {
    case 'leaderChange': {
      const { leaderId } = record;
      const voters = record.voters.map(voterId);
      const grantingVoters = record.grantingVoters.map(voterId);
      const message = { version, leaderId, voters, grantingVoters };
      return leaderChangeMessage.encode(message, VERSION);
    }
    case 'snapshotHeader': {
      const { lastContainedLogTimestamp } = record;
      return snapshotHeaderRecord.encode({ version, lastContainedLogTimestamp }, VERSION);
    }
    case 'snapshotFooter':
      return snapshotFooterRecord.encode({ version }, VERSION);
    case 'kraftVersion':
      return kRaftVersionRecord.encode({ version, kRaftVersion: record.version }, VERSION);
    case 'voters':
      return votersRecord.encode({ version, voters: record.voters.map(encodeVoter) }, VERSION);
  }
}

function decodeValue(type: number | undefined, value: Buffer): ControlRecord | null {
  switch (type) {
    case controlRecordTypes.leaderChange: {
      // Version 1 adds directory ids to the voters; nothing here needs them.
      const message = leaderChangeMessage.decode(value, Math.min(value.readInt16BE(0), 1));
      return {
        type: 'leaderChange',
        leaderId: message.leaderId,
        voters: message.voters.map((voter) => voter.voterId),
        grantingVoters: message.grantingVoters.map((voter) => voter.voterId),
      };
    }
    case controlRecordTypes.snapshotHeader: {
      const { lastContainedLogTimestamp } = snapshotHeaderRecord.decode(value, VERSION);
      return { type: 'snapshotHeader', lastContainedLogTimestamp };
    }
    case controlRecordTypes.snapshotFooter:
      return { type: 'snapshotFooter' };
    case controlRecordTypes.kraftVersion:
      return {
        type: 'kraftVersion',
        version: kRaftVersionRecord.decode(value, VERSION).kRaftVersion,
      };
    case controlRecordTypes.kraftVoters:
      return {
        type: 'voters',
        voters: votersRecord.decode(value, VERSION).voters.map(decodeVoter),
      };
    default:
      return null;
  }
}

function voterId(id: number): { voterId: number; voterDirectoryId: string } {
  return { voterId: id, voterDirectoryId: directoryIdOnWire({ id, directoryId: null }) };
}

type WireVoter = ReturnType<typeof votersRecord.decode>['voters'][number];

function encodeVoter(voter: Voter): WireVoter {
  return {
    voterId: voter.id,
    voterDirectoryId: directoryIdOnWire(voter),
    endpoints: voter.endpoints.map(({ name, host, port }) => ({ name, host, port })),
    kRaftVersionFeature: {
      minSupportedVersion: voter.minKraftVersion,
      maxSupportedVersion: voter.maxKraftVersion,
    },
  };
}

function decodeVoter(voter: WireVoter): Voter {
  return {
    ...replicaKey(voter.voterId, voter.voterDirectoryId),
    endpoints: voter.endpoints,
    minKraftVersion: voter.kRaftVersionFeature.minSupportedVersion,
    maxKraftVersion: voter.kRaftVersionFeature.maxSupportedVersion,
  };
}
