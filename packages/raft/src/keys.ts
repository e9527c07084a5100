/** Offset and epoch of a log position: a snapshot's id, the end of a log, a point of divergence. */
export interface OffsetAndEpoch {
  readonly offset: number;
  readonly epoch: number;
}

/**
 * Who a replica is. The directory id tells a voter from the same node with an emptied disk (KIP-853);
 * null where it isn't known (kraft.version 0).
 */
export interface ReplicaKey {
  readonly id: number;
  readonly directoryId: string | null;
}

/** A listener under its name. */
export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Somebody to send to. Bootstrap servers, whose ids aren't known yet, have ids below -1. */
export interface NodeAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** The all-zero uuid, which stands on the wire for "no directory id". */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

export function replicaKey(id: number, directoryId: string): ReplicaKey {
  return { id, directoryId: directoryId === ZERO_UUID ? null : directoryId };
}

export function directoryIdOnWire(key: ReplicaKey): string {
  return key.directoryId ?? ZERO_UUID;
}

/** Epoch first, then offset: which of two logs is more up to date. */
export function compareLogEnds(a: OffsetAndEpoch, b: OffsetAndEpoch): number {
  return a.epoch - b.epoch || a.offset - b.offset;
}

export function sameKey(a: ReplicaKey, b: ReplicaKey): boolean {
  return a.id === b.id && a.directoryId === b.directoryId;
}

/** `known` names `other`; a known key without directory id names every directory of that node. */
export function matchesKey(known: ReplicaKey, other: ReplicaKey): boolean {
  return (
    known.id === other.id && (known.directoryId === null || known.directoryId === other.directoryId)
  );
}

export function addressOf(
  id: number,
  endpoints: readonly Endpoint[],
  listenerName: string,
): NodeAddress | null {
  const endpoint = endpoints.find((candidate) => candidate.name === listenerName);
  return endpoint === undefined ? null : { id, host: endpoint.host, port: endpoint.port };
}
