import { channel } from 'node:diagnostics_channel';
import type { TopicPartition } from '../topic-partition.ts';

/** What has happened to a connection. */
export interface ConnectionEvent {
  readonly clientId: string;
  /** `host:port`. */
  readonly broker: string;
  /** `connected` with TLS, versions and authentication; `failed` to be; `closed` after it was. */
  readonly state: 'connected' | 'failed' | 'closed';
  /** How long that took; 0 for `closed`. */
  readonly durationMs: number;
  readonly error: Error | null;
}

/** A request that was sent to a broker. */
export interface SentRequest {
  readonly clientId: string;
  readonly broker: string;
  /** The broker's id; -1 for a bootstrap server. */
  readonly node: number;
  /** Kafka's name, as `Fetch`. */
  readonly api: string;
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
}

/** A request that has its response, or will not get one. */
export interface RequestEvent extends SentRequest {
  readonly durationMs: number;
  /** What the response says of the request as a whole; 0 where it says nothing. */
  readonly errorCode: number;
  /** 0 where no response came. */
  readonly responseBytes: number;
  /** For how long the broker wants nothing more on this connection, because of a quota (KIP-219). */
  readonly throttleTimeMs: number;
  readonly error: Error | null;
}

/** Is told of the requests of one client, where the channel tells of all clients of the process. */
export interface RequestObserver {
  /** `waiting`: requests to the same broker that cannot be sent yet. */
  sent(request: SentRequest, waiting: number): void;
  ended(event: RequestEvent): void;
}

/** A batch of records that is written, or never will be. */
export interface ProduceEvent extends TopicPartition {
  readonly clientId: string;
  readonly records: number;
  /** As it was sent; of the records alone where it never left. */
  readonly sizeBytes: number;
  /** Of its first record; -1 where it is not known. */
  readonly offset: number;
  /** Since its first record was handed over. */
  readonly durationMs: number;
  /** Times that it was sent. */
  readonly attempts: number;
  readonly error: Error | null;
}

/** Batches of records that came, and will be given out; of a share group, what was acquired of them. */
export interface ConsumeEvent extends TopicPartition {
  readonly clientId: string;
  readonly groupId: string | null;
  /** Where the fetch began, and where the next one will. */
  readonly offset: number;
  readonly nextOffset: number;
  /** What the batches say that they hold, control records included; what was acquired. */
  readonly records: number;
  readonly sizeBytes: number;
  /** -1 in a share group, which is not told. */
  readonly highWatermark: number;
}

/** Acknowledgements of a share group that count, or do not. */
export interface AcknowledgeEvent extends TopicPartition {
  readonly clientId: string;
  readonly groupId: string;
  readonly records: number;
  readonly error: Error | null;
}

/** A change to what a member of a group reads. */
export interface RebalanceEvent {
  readonly clientId: string;
  readonly groupId: string;
  readonly change: 'assigned' | 'revoked' | 'lost';
  readonly partitions: readonly TopicPartition[];
}

/** The events of each channel of `node:diagnostics_channel`. */
export interface ClientEvents {
  'tidelog:client:connection': ConnectionEvent;
  'tidelog:client:request': RequestEvent;
  'tidelog:client:produce': ProduceEvent;
  'tidelog:client:consume': ConsumeEvent;
  'tidelog:client:acknowledge': AcknowledgeEvent;
  'tidelog:client:rebalance': RebalanceEvent;
}

/** Nothing is made for a channel that nobody listens to: ask `hasSubscribers` first. */
interface EventChannel<Event> {
  readonly hasSubscribers: boolean;
  publish(event: Event): void;
}

function channelOf<Name extends keyof ClientEvents>(name: Name): EventChannel<ClientEvents[Name]> {
  return channel(name);
}

export const connectionChannel = channelOf('tidelog:client:connection');
export const requestChannel = channelOf('tidelog:client:request');
export const produceChannel = channelOf('tidelog:client:produce');
export const consumeChannel = channelOf('tidelog:client:consume');
export const acknowledgeChannel = channelOf('tidelog:client:acknowledge');
export const rebalanceChannel = channelOf('tidelog:client:rebalance');
