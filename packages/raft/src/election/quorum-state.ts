import { directoryIdOnWire, type ReplicaKey, replicaKey, ZERO_UUID } from '../keys.ts';

/** What a replica must not forget about elections: its vote and the epoch's leader. */
export interface QuorumState {
  readonly leaderId: number | null;
  readonly leaderEpoch: number;
  readonly votedKey: ReplicaKey | null;
  /** 1 from kraft.version 1 on. */
  readonly dataVersion: 0 | 1;
  /** Written by data_version 0 only. */
  readonly currentVoters: readonly number[];
}

/** The file `quorum-state` as Apache Kafka writes it: one line of JSON, fields in this order. */
export function formatQuorumState(state: QuorumState): string {
  const leaderId = state.leaderId ?? -1;
  const votedId = state.votedKey?.id ?? -1;
  const { leaderEpoch } = state;
  if (state.dataVersion === 0) {
    const currentVoters = state.currentVoters.map((voterId) => ({ voterId }));
    const election = { clusterId: '', leaderId, leaderEpoch, votedId, appliedOffset: 0 };
    return JSON.stringify({ ...election, currentVoters, data_version: 0 });
  }
  const votedDirectoryId = state.votedKey === null ? ZERO_UUID : directoryIdOnWire(state.votedKey);
  return JSON.stringify({ leaderId, leaderEpoch, votedId, votedDirectoryId, data_version: 1 });
}

/** Throws where the text isn't a quorum-state of version 0 or 1. */
export function parseQuorumState(text: string): QuorumState {
  const line = text.split('\n', 1)[0] ?? '';
  const data: unknown = JSON.parse(line);
  if (typeof data !== 'object' || data === null) throw new Error(`no JSON object: ${line}`);
  const fields = new Map(Object.entries(data));
  const dataVersion = fields.get('data_version');
  if (dataVersion !== 0 && dataVersion !== 1) {
    throw new Error(`data_version must be 0 or 1: ${line}`);
  }
  const leaderId = integer(fields, 'leaderId');
  const votedId = integer(fields, 'votedId');
  const directoryId = dataVersion === 1 ? String(fields.get('votedDirectoryId')) : ZERO_UUID;
  return {
    leaderId: leaderId < 0 ? null : leaderId,
    leaderEpoch: integer(fields, 'leaderEpoch'),
    votedKey: votedId < 0 ? null : replicaKey(votedId, directoryId),
    dataVersion,
    currentVoters: dataVersion === 0 ? voterIds(fields.get('currentVoters')) : [],
  };
}

function integer(fields: Map<string, unknown>, name: string): number {
  const value = fields.get(name);
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new Error(`${name} must be an integer`);
  }
  return value;
}

function voterIds(value: unknown): number[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error('currentVoters must be an array or null');
  return value.map((voter) => integer(new Map(Object.entries(voter ?? {})), 'voterId'));
}
