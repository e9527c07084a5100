import type { Clock, Random } from '@tidelog/platform';
import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { CoordinatorLog } from '../host/coordinator-log.ts';
import type { GroupCoordinatorConfig } from './config.ts';

/** Who sent a request. */
export interface GroupRequestContext {
  readonly apiVersion: number;
  /** The client id of the request header; Kafka takes null for the empty string. */
  readonly clientId: string;
  /** The peer's address as Kafka stores and shows it: `/127.0.0.1`. */
  readonly clientHost: string;
}

export interface GroupCoordinatorOptions {
  readonly config: GroupCoordinatorConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Told what an operator should know: a failed append, a log that could not be loaded. */
  readonly warn?: (message: string) => void;
}

/**
 * Classic consumer groups and their committed offsets, as one broker serves them: the partitions of
 * `__consumer_offsets` that it leads, and one method for each API.
 *
 * The broker resolves topic ids to names, checks authorization, and checks that the topics exist;
 * `name` (and from v10 on `topicId`) are set in what it hands over. No method rejects: every
 * failure is an error code in the response.
 */
export interface GroupCoordinator {
  /** The partition of `__consumer_offsets` that holds a group. */
  partitionFor(groupId: string): number;
  /** This broker now leads a partition; its state is loaded from the log. */
  elected(partition: number, log: CoordinatorLog): void;
  /** This broker no longer leads a partition: requests that wait get NOT_COORDINATOR. */
  resigned(partition: number): void;
  /** Topics are gone: their offsets are deleted from the groups that this broker coordinates. */
  onTopicsDeleted(topics: readonly { readonly name: string; readonly id: string }[]): void;
  /** Resigns from all partitions; requests get COORDINATOR_NOT_AVAILABLE. */
  close(): void;

  joinGroup(r: RequestOf<'JoinGroup'>, c: GroupRequestContext): Promise<ResponseOf<'JoinGroup'>>;
  syncGroup(r: RequestOf<'SyncGroup'>, c: GroupRequestContext): Promise<ResponseOf<'SyncGroup'>>;
  heartbeat(r: RequestOf<'Heartbeat'>, c: GroupRequestContext): Promise<ResponseOf<'Heartbeat'>>;
  leaveGroup(r: RequestOf<'LeaveGroup'>, c: GroupRequestContext): Promise<ResponseOf<'LeaveGroup'>>;
  /** `topicId` is set where the broker knows it, also below v10: it is stored with the offset. */
  offsetCommit(
    r: RequestOf<'OffsetCommit'>,
    c: GroupRequestContext,
  ): Promise<ResponseOf<'OffsetCommit'>>;
  /** Answers in the shape of the version: `topics` up to v7, `groups` from v8 on. */
  offsetFetch(
    r: RequestOf<'OffsetFetch'>,
    c: GroupRequestContext,
  ): Promise<ResponseOf<'OffsetFetch'>>;
  offsetDelete(r: RequestOf<'OffsetDelete'>): Promise<ResponseOf<'OffsetDelete'>>;
  listGroups(r: RequestOf<'ListGroups'>): Promise<ResponseOf<'ListGroups'>>;
  /** The broker fills in `authorizedOperations`. */
  describeGroups(
    r: RequestOf<'DescribeGroups'>,
    c: GroupRequestContext,
  ): Promise<ResponseOf<'DescribeGroups'>>;
  deleteGroups(r: RequestOf<'DeleteGroups'>): Promise<ResponseOf<'DeleteGroups'>>;
}
