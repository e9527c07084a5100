import type { Clock, Random } from '@tidelog/platform';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { consumerAssignors } from '../assignors/consumer-assignors.ts';
import { undescribed } from '../classic-group/describe.ts';
import { joinError, syncError } from '../classic-group/replies.ts';
import type { CommandOf, GroupCommand, GroupReplies, TopicsChange } from '../group/commands.ts';
import type { GroupCoordinatorConfig } from '../group/config.ts';
import type { GroupSettings } from '../group/settings.ts';
import type { TopicsView } from '../group/topics-view.ts';
import type { CoordinatorLog, Transaction, TransactionEnd } from '../host/coordinator-log.ts';
import { clientError, CoordinatorFailure } from '../host/failure.ts';
import { failedCommit } from '../offsets/offset-commit.ts';
import { failedTxnCommit } from '../offsets/txn-offset-commit.ts';
import { ConsumerGroups } from './consumer-groups.ts';
import { GroupHosts } from './group-hosts.ts';
import { answerFetch, failedFetch, groupsOf } from './offset-fetch-shape.ts';
import { randomUuid } from './random-uuid.ts';

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
  /** The cluster's topics as they are now. */
  readonly topics: () => TopicsView;
  /** What is set for a group, or by default: looked up at every use. */
  readonly settings: (groupId: string) => GroupSettings;
  /** Makes sure that a partition of `__consumer_offsets` is part of the transaction of a commit. */
  readonly verify: (
    partition: number,
    commit: RequestOf<'TxnOffsetCommit'>,
    apiVersion: number,
  ) => Promise<Pick<Transaction, 'verified'> | KafkaError>;
  /** Told what an operator should know: a failed append, a log that could not be loaded. */
  readonly warn?: (message: string) => void;
}

/** In LeaveGroup from this version on several members leave at once. */
const LEAVE_BATCH_VERSION = 3;
/** In SyncGroup from this version on a member must say which protocol it means (KIP-559). */
const SYNC_PROTOCOL_VERSION = 5;
/** In JoinGroup from this version on the protocol name may be null. */
const NULL_PROTOCOL_VERSION = 7;

/**
 * Groups and their committed offsets, as one broker serves them: the partitions of
 * `__consumer_offsets` that it leads, and one method for each API.
 *
 * The broker resolves topic ids to names, checks authorization, and checks that the topics exist;
 * `name`, and `topicId` where it is known, are set in what it hands over. No method rejects: every
 * failure is an error code in the response.
 *
 * @example
 * const coordinator = new GroupCoordinator({ config, clock, random, topics, settings });
 * coordinator.elected(7, log);
 * const reply = await coordinator.heartbeat(request, context);
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #hosts: GroupHosts;
  readonly consumerGroups: ConsumerGroups;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    const assignors = consumerAssignors(options.config.consumerAssignors);
    const warn = options.warn ?? (() => {});
    this.#hosts = new GroupHosts({ ...options, assignors, warn });
    this.consumerGroups = new ConsumerGroups(this.#hosts, assignors, options.random);
  }

  /** The partition of `__consumer_offsets` that holds a group. */
  partitionFor(groupId: string): number {
    return this.#hosts.partitionFor(groupId);
  }

  /** This broker now leads a partition, or leads it in a new epoch: its state is loaded from the log. */
  elected(partition: number, log: CoordinatorLog): void {
    this.#hosts.elected(partition, log);
  }

  /** This broker no longer leads a partition: requests that wait get NOT_COORDINATOR. */
  resigned(partition: number): void {
    this.#hosts.resigned(partition);
  }

  /**
   * A transaction ends on a partition of `__consumer_offsets`: its offsets count, or are dropped. Null
   * when the marker is replicated, else why it is not.
   */
  endTransaction(partition: number, end: TransactionEnd): Promise<KafkaError | null> {
    return this.#hosts.endTransaction(partition, end);
  }

  /** Topics are gone: their offsets are deleted from the groups that this broker coordinates. */
  onTopicsDeleted(topics: readonly { readonly name: string; readonly id: string }[]): void {
    void this.#hosts.submitToAll<'TopicsDeleted'>({ api: 'TopicsDeleted', topics });
  }

  /** The view of the topics has moved on: groups look at what they have assigned. */
  onTopicsChanged(change: TopicsChange): void {
    void this.#hosts.submitToAll<'TopicsChanged'>({ api: 'TopicsChanged', change });
  }

  /** Asks the coordinator of a group. */
  submit<Api extends GroupCommand['api']>(
    groupId: string,
    command: CommandOf<Api>,
  ): Promise<GroupReplies[Api] | CoordinatorFailure> {
    return this.#hosts.submit<Api>(groupId, command);
  }

  /** Asks each coordinator once, for all of the groups that it has. */
  forEachPartition<Result>(
    groupIds: readonly string[],
    run: (groupIds: readonly string[]) => Promise<readonly Result[]>,
  ): Promise<Result[]> {
    return this.#hosts.forEachPartition(groupIds, run);
  }

  /** Resigns from all partitions; requests get COORDINATOR_NOT_AVAILABLE. */
  close(): void {
    this.#hosts.close();
  }

  async joinGroup(
    request: RequestOf<'JoinGroup'>,
    context: GroupRequestContext,
  ): Promise<ResponseOf<'JoinGroup'>> {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.config;
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { apiVersion } = context;
    const refuse = (error: KafkaError) => forJoinVersion(joinError(memberId, error), apiVersion);
    if (groupId === '') return refuse(errors.INVALID_GROUP_ID);
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return refuse(errors.INVALID_SESSION_TIMEOUT);
    }
    const reply = await this.#hosts.submit<'JoinGroup'>(groupId, {
      api: 'JoinGroup',
      request: apiVersion === 0 ? { ...request, rebalanceTimeoutMs: sessionTimeoutMs } : request,
      sender: context,
      memberIdSuffix: randomUuid(this.#options.random),
    });
    const response = reply instanceof CoordinatorFailure ? joinError('', reply.error) : reply;
    return forJoinVersion(response, apiVersion);
  }

  async syncGroup(
    request: RequestOf<'SyncGroup'>,
    { apiVersion }: GroupRequestContext,
  ): Promise<ResponseOf<'SyncGroup'>> {
    const { groupId, protocolType, protocolName } = request;
    if (apiVersion >= SYNC_PROTOCOL_VERSION && (protocolType === null || protocolName === null)) {
      return syncError(errors.INCONSISTENT_GROUP_PROTOCOL);
    }
    const reply = await this.#hosts.submitNamed<'SyncGroup'>(groupId, {
      api: 'SyncGroup',
      request,
    });
    return reply instanceof CoordinatorFailure ? syncError(reply.error) : reply;
  }

  async heartbeat(
    request: RequestOf<'Heartbeat'>,
    _context: GroupRequestContext,
  ): Promise<ResponseOf<'Heartbeat'>> {
    const reply = await this.#hosts.submitNamed<'Heartbeat'>(request.groupId, {
      api: 'Heartbeat',
      request,
    });
    if (!(reply instanceof CoordinatorFailure)) return reply;
    // While the group is loaded nobody's session runs.
    const loading = reply.error === errors.COORDINATOR_LOAD_IN_PROGRESS;
    return { errorCode: loading ? errors.NONE.code : reply.error.code };
  }

  async leaveGroup(
    request: RequestOf<'LeaveGroup'>,
    { apiVersion }: GroupRequestContext,
  ): Promise<ResponseOf<'LeaveGroup'>> {
    const alone = { memberId: request.memberId, groupInstanceId: null, reason: null };
    const members = apiVersion >= LEAVE_BATCH_VERSION ? request.members : [alone];
    const reply = await this.#hosts.submitNamed<'LeaveGroup'>(request.groupId, {
      api: 'LeaveGroup',
      request: { ...request, members },
    });
    if (reply instanceof CoordinatorFailure) return { errorCode: reply.error.code, members: [] };
    if (apiVersion >= LEAVE_BATCH_VERSION) return reply;
    return { errorCode: reply.members?.[0]?.errorCode ?? errors.NONE.code, members: [] };
  }

  /** `topicId` is stored with the offset: it is to be set where it is known, also below version 10. */
  async offsetCommit(
    request: RequestOf<'OffsetCommit'>,
    { apiVersion }: GroupRequestContext,
  ): Promise<ResponseOf<'OffsetCommit'>> {
    const reply = await this.#hosts.submit<'OffsetCommit'>(request.groupId, {
      api: 'OffsetCommit',
      request,
      apiVersion,
    });
    if (!(reply instanceof CoordinatorFailure)) return reply;
    return { topics: failedCommit(request, reply.error) };
  }

  /**
   * Offsets within a transaction, which the coordinator of transactions confirms first, or takes the
   * group's partition into it (from version 5 on).
   */
  async txnOffsetCommit(
    request: RequestOf<'TxnOffsetCommit'>,
    { apiVersion }: GroupRequestContext,
  ): Promise<ResponseOf<'TxnOffsetCommit'>> {
    const { groupId } = request;
    const refuse = (error: KafkaError) => failedTxnCommit(request, error);
    if (groupId === '') return refuse(errors.INVALID_GROUP_ID);
    const partition = this.partitionFor(groupId);
    if (!this.#hosts.leads(partition)) return refuse(this.#hosts.unavailable);
    const verification = await this.#options.verify(partition, request, apiVersion);
    if ('code' in verification) return refuse(clientError(verification));
    const { producerId, producerEpoch } = request;
    const transaction = { producerId, producerEpoch, verified: verification.verified };
    const command = { api: 'TxnOffsetCommit', request, apiVersion } as const;
    const reply = await this.#hosts.submit<'TxnOffsetCommit'>(groupId, command, transaction);
    return reply instanceof CoordinatorFailure ? refuse(clientError(reply.error)) : reply;
  }

  /** Answers in the shape of the version: `topics` up to version 7, `groups` from version 8 on. */
  async offsetFetch(
    request: RequestOf<'OffsetFetch'>,
    { apiVersion }: GroupRequestContext,
  ): Promise<ResponseOf<'OffsetFetch'>> {
    const { requireStable } = request;
    const groups = await Promise.all(
      groupsOf(request, apiVersion).map(async (fetch) => {
        const command = { api: 'OffsetFetch', fetch, requireStable } as const;
        const reply = await this.#hosts.submit<'OffsetFetch'>(fetch.groupId, command);
        if (!(reply instanceof CoordinatorFailure)) return reply;
        return failedFetch(fetch, reply.error, apiVersion);
      }),
    );
    return answerFetch(groups, apiVersion);
  }

  async offsetDelete(request: RequestOf<'OffsetDelete'>): Promise<ResponseOf<'OffsetDelete'>> {
    const reply = await this.#hosts.submitNamed<'OffsetDelete'>(request.groupId, {
      api: 'OffsetDelete',
      request,
    });
    if (!(reply instanceof CoordinatorFailure)) return reply;
    return { errorCode: reply.error.code, topics: [] };
  }

  async listGroups(request: RequestOf<'ListGroups'>): Promise<ResponseOf<'ListGroups'>> {
    if (this.#hosts.isClosed)
      return { errorCode: errors.COORDINATOR_NOT_AVAILABLE.code, groups: [] };
    const command = { api: 'ListGroups', request } as const;
    const replies = await this.#hosts.submitToAll<'ListGroups'>(command);
    const groups: ResponseOf<'ListGroups'>['groups'][number][] = [];
    for (const reply of replies) {
      if (!(reply instanceof CoordinatorFailure)) groups.push(...reply);
      // A partition that has just moved away is listed by its new leader.
      else if (reply.error !== errors.NOT_COORDINATOR) {
        return { errorCode: reply.error.code, groups: [] };
      }
    }
    return { errorCode: errors.NONE.code, groups };
  }

  /** The broker fills in `authorizedOperations`. */
  async describeGroups(
    request: RequestOf<'DescribeGroups'>,
    { apiVersion }: GroupRequestContext,
  ): Promise<ResponseOf<'DescribeGroups'>> {
    const groups = await this.#hosts.forEachPartition(request.groups, async (groupIds) => {
      const command = { api: 'DescribeGroups', groupIds, apiVersion } as const;
      const reply = await this.#hosts.submit<'DescribeGroups'>(groupIds[0]!, command);
      if (!(reply instanceof CoordinatorFailure)) return reply;
      const { code } = reply.error;
      return groupIds.map((groupId) => ({ ...undescribed(groupId), errorCode: code }));
    });
    return { groups };
  }

  async deleteGroups(request: RequestOf<'DeleteGroups'>): Promise<ResponseOf<'DeleteGroups'>> {
    const distinct = [...new Set(request.groupsNames)];
    const results = await this.#hosts.forEachPartition(distinct, async (groupIds) => {
      const command = { api: 'DeleteGroups', groupIds } as const;
      const reply = await this.#hosts.submit<'DeleteGroups'>(groupIds[0]!, command);
      if (!(reply instanceof CoordinatorFailure)) return reply;
      return groupIds.map((groupId) => ({ groupId, errorCode: reply.error.code }));
    });
    return { throttleTimeMs: 0, results };
  }
}

function forJoinVersion(
  response: ResponseOf<'JoinGroup'>,
  apiVersion: number,
): ResponseOf<'JoinGroup'> {
  if (apiVersion >= NULL_PROTOCOL_VERSION) return response;
  return { ...response, protocolName: response.protocolName ?? '' };
}
