import {
  errorOf,
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
  ZERO_UUID,
} from '@tidelog/protocol';
import type { GroupReplies } from '../group/commands.ts';
import type { TopicsView } from '../group/topics-view.ts';
import { CoordinatorFailure } from '../host/failure.ts';
import { undescribedShare } from '../share-group/describe.ts';
import { partitionResult } from '../share-group/offsets.ts';
import type { GroupCoordinator, GroupRequestContext } from './group-coordinator.ts';
import type { SharePersister } from './share-coordinator.ts';

export interface ShareGroupCoordinatorOptions {
  readonly groups: GroupCoordinator;
  readonly persister: SharePersister;
  /** The cluster's topics as they are now. */
  readonly topics: () => TopicsView;
  /** The offset after the last record that consumers can see, or why it is not known. */
  readonly endOffset: (topic: string, partition: number) => number | KafkaError;
  /** Told of share partitions that could not be initialised; they are tried again. */
  readonly warn?: (message: string) => void;
}

type HeartbeatReply = GroupReplies['ShareGroupHeartbeat'];
type DescribedOffsets = ResponseOf<'DescribeShareGroupOffsets'>['groups'][number];
type DescribedTopic = DescribedOffsets['topics'][number];
type DescribedPartition = DescribedTopic['partitions'][number];
type Summary = ResponseOf<'ReadShareGroupStateSummary'>['results'][number]['partitions'][number];
type AlteredOffsets = ResponseOf<'AlterShareGroupOffsets'>;
type DeletedOffsets = ResponseOf<'DeleteShareGroupOffsets'>;

const JOIN_EPOCH = 0;
const LEAVE_EPOCH = -1;
const UNINITIALIZED = -1;

/**
 * Share groups (KIP-932), as one broker coordinates them: one method for each API. Members and epochs
 * are decided by the group's machine; the state of share partitions is the share coordinator's, which
 * is asked after what is asked has been recorded. No method rejects.
 */
export class ShareGroupCoordinator {
  readonly #options: ShareGroupCoordinatorOptions;

  constructor(options: ShareGroupCoordinatorOptions) {
    this.#options = options;
  }

  async heartbeat(
    request: RequestOf<'ShareGroupHeartbeat'>,
    { clientId, clientHost }: GroupRequestContext,
  ): Promise<ResponseOf<'ShareGroupHeartbeat'>> {
    const problem = problemOf(request);
    if (problem !== null) return failedHeartbeat(errors.INVALID_REQUEST, problem);
    const { groupId } = request;
    const command = { api: 'ShareGroupHeartbeat', request, clientId, clientHost } as const;
    const reply: HeartbeatReply | CoordinatorFailure =
      await this.#options.groups.submit<'ShareGroupHeartbeat'>(groupId, command);
    if (reply instanceof CoordinatorFailure) return failedHeartbeat(reply.error);
    // The member need not wait: it hears of the partitions with a later heartbeat.
    if (reply.initialize !== null) void this.#initialize(reply.initialize);
    return reply.response;
  }

  /** The broker fills in `authorizedOperations`. */
  async describe(
    request: RequestOf<'ShareGroupDescribe'>,
  ): Promise<ResponseOf<'ShareGroupDescribe'>> {
    const { groups } = this.#options;
    const named = request.groupIds.filter((groupId) => groupId !== '');
    const nameless = request.groupIds
      .filter((groupId) => groupId === '')
      .map((groupId) => undescribedShare(groupId, errors.INVALID_GROUP_ID.code, null));
    const described = await groups.forEachPartition(named, async (groupIds) => {
      const command = { api: 'ShareGroupDescribe', groupIds } as const;
      const reply = await groups.submit<'ShareGroupDescribe'>(groupIds[0]!, command);
      if (!(reply instanceof CoordinatorFailure)) return reply;
      const { code } = reply.error;
      return groupIds.map((groupId) => undescribedShare(groupId, code, null));
    });
    return { groups: [...nameless, ...described] };
  }

  async describeOffsets(
    request: RequestOf<'DescribeShareGroupOffsets'>,
  ): Promise<ResponseOf<'DescribeShareGroupOffsets'>> {
    const groups = request.groups.map(({ groupId, topics }) =>
      topics === null ? this.#describeAll(groupId) : this.#describeTopics(groupId, topics),
    );
    return { groups: await Promise.all(groups) };
  }

  async #describeAll(groupId: string): Promise<DescribedOffsets> {
    const command = { api: 'InitializedSharePartitions', groupId } as const;
    const { groups, topics } = this.#options;
    const reply = await groups.submit<'InitializedSharePartitions'>(groupId, command);
    if (reply instanceof CoordinatorFailure) {
      const { code, message } = reply.error;
      return { groupId, topics: [], errorCode: code, errorMessage: message };
    }
    const wanted = [...reply].flatMap(([topicId, partitions]) => {
      const name = topics().byId(topicId)?.name;
      return name === undefined ? [] : [{ topicId, name, partitions: [...partitions] }];
    });
    return { groupId, topics: await this.#summaries(groupId, wanted), errorCode: 0 };
  }

  /** A topic that does not exist has no offsets, which is no error. */
  async #describeTopics(
    groupId: string,
    topics: readonly { readonly topicName: string; readonly partitions: readonly number[] }[],
  ): Promise<DescribedOffsets> {
    const view = this.#options.topics();
    const found = topics.map(({ topicName: name, partitions }) => ({
      name,
      partitions,
      topicId: view.byName(name)?.id ?? ZERO_UUID,
    }));
    const wanted = found.filter(({ topicId }) => topicId !== ZERO_UUID);
    const missing = found
      .filter(({ topicId }) => topicId === ZERO_UUID)
      .map(({ name, topicId, partitions }) => ({
        topicName: name,
        topicId,
        partitions: partitions.map((partition) => uninitialized(partition)),
      }));
    const described = await this.#summaries(groupId, wanted);
    return { groupId, topics: [...described, ...missing], errorCode: 0 };
  }

  async #summaries(
    groupId: string,
    topics: readonly {
      readonly topicId: string;
      readonly name: string;
      readonly partitions: readonly number[];
    }[],
  ): Promise<DescribedTopic[]> {
    if (topics.length === 0) return [];
    const names = new Map(topics.map(({ topicId, name }) => [topicId, name]));
    const { results } = await this.#options.persister.readStateSummary({
      groupId,
      topics: topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map((partition) => ({ partition, leaderEpoch: -1 })),
      })),
    });
    return results.map(({ topicId, partitions }) => {
      const topicName = names.get(topicId) ?? '';
      const described = partitions.map((summary) => this.#describePartition(topicName, summary));
      return { topicId, topicName, partitions: described };
    });
  }

  /** What the share coordinator has not, or cannot tell, is shown as not there. */
  #describePartition(topic: string, summary: Summary): DescribedPartition {
    const { partition: partitionIndex, errorCode, startOffset, leaderEpoch } = summary;
    const deliveryCompleteCount = summary.deliveryCompleteCount ?? UNINITIALIZED;
    if (errorCode !== 0) return uninitialized(partitionIndex);
    const described = { partitionIndex, startOffset, leaderEpoch, errorCode: 0 };
    if (startOffset === UNINITIALIZED || deliveryCompleteCount === UNINITIALIZED) {
      return { ...described, lag: -1 };
    }
    const end = this.#options.endOffset(topic, partitionIndex);
    if (typeof end === 'number') {
      return { ...described, lag: end - startOffset - deliveryCompleteCount };
    }
    const { code, message } = end;
    return {
      partitionIndex,
      startOffset: 0,
      leaderEpoch: 0,
      lag: -1,
      errorCode: code,
      errorMessage: message,
    };
  }

  /** Answers when the share coordinator has the new offsets. */
  async alterOffsets(request: RequestOf<'AlterShareGroupOffsets'>): Promise<AlteredOffsets> {
    const { groupId } = request;
    if (groupId === '') return { ...failed(errors.INVALID_GROUP_ID), responses: [] };
    const command = { api: 'AlterShareGroupOffsets', request } as const;
    const reply = await this.#options.groups.submit<'AlterShareGroupOffsets'>(groupId, command);
    if (reply instanceof CoordinatorFailure) return { ...failed(reply.error), responses: [] };
    const { response, initialize } = reply;
    if (initialize === null) return response;
    const refused = await this.#initialize(initialize);
    const responses = response.responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) => {
        const error = refused.get(topic.topicId)?.get(partition.partitionIndex);
        if (partition.errorCode !== 0 || error === undefined) return partition;
        return partitionResult(partition.partitionIndex, error);
      }),
    }));
    return { ...response, responses };
  }

  async deleteOffsets(request: RequestOf<'DeleteShareGroupOffsets'>): Promise<DeletedOffsets> {
    const { groupId } = request;
    const { groups, persister } = this.#options;
    if (groupId === '') return { ...failed(errors.INVALID_GROUP_ID), responses: [] };
    const command = { api: 'DeleteShareGroupOffsets', request } as const;
    const reply = await groups.submit<'DeleteShareGroupOffsets'>(groupId, command);
    if (reply instanceof CoordinatorFailure) return { ...failed(reply.error), responses: [] };
    const { response, names, remove } = reply;
    if (remove === null) return response;
    const refused = errorsOf((await persister.deleteState(remove)).results);
    const topicIds = new Set([...names.keys()].filter((topicId) => !refused.has(topicId)));
    if (topicIds.size > 0) {
      const done = { api: 'ShareOffsetsDeleted', groupId, topicIds } as const;
      const noted = await groups.submit<'ShareOffsetsDeleted'>(groupId, done);
      if (noted instanceof CoordinatorFailure) return { ...failed(noted.error), responses: [] };
    }
    const deleted = [...names].map(([topicId, topicName]) => {
      const [error] = refused.get(topicId)?.values() ?? [];
      const { code: errorCode, message } = error ?? errors.NONE;
      return { topicName, topicId, errorCode, errorMessage: error ? message : null };
    });
    return { ...response, responses: [...response.responses, ...deleted] };
  }

  /** DeleteGroups, of groups of all kinds: share groups go when their state has gone. */
  async deleteGroups(request: RequestOf<'DeleteGroups'>): Promise<ResponseOf<'DeleteGroups'>> {
    const { groups } = this.#options;
    const refused = await groups.forEachPartition([...new Set(request.groupsNames)], (groupIds) =>
      this.#deleteState(groupIds),
    );
    const staying = new Set(refused.map(({ groupId }) => groupId));
    const groupsNames = request.groupsNames.filter((groupId) => !staying.has(groupId));
    const response = await groups.deleteGroups({ ...request, groupsNames });
    return { ...response, results: [...response.results, ...refused] };
  }

  /** Gives the groups that must stay. */
  async #deleteState(
    groupIds: readonly string[],
  ): Promise<ResponseOf<'DeleteGroups'>['results'][number][]> {
    const { groups, persister } = this.#options;
    const command = { api: 'DeleteShareState', groupIds } as const;
    const reply = await groups.submit<'DeleteShareState'>(groupIds[0]!, command);
    // Whoever deletes the groups themselves meets the same failure.
    if (reply instanceof CoordinatorFailure) return [];
    const results = reply.map(async ({ groupId, error, remove }) => {
      if (error !== null) return { groupId, errorCode: error.code };
      if (remove === null) return null;
      const refused = errorsOf((await persister.deleteState(remove)).results);
      const [first] = [...refused.values()].flatMap((partitions) => [...partitions.values()]);
      return first === undefined ? null : { groupId, errorCode: first.code };
    });
    return (await Promise.all(results)).filter((result) => result !== null);
  }

  /** Asks the share coordinator, and tells the group what came of it; gives the errors. */
  async #initialize(
    request: RequestOf<'InitializeShareGroupState'>,
  ): Promise<Map<string, Map<number, KafkaError>>> {
    const { groups, persister, warn } = this.#options;
    const { groupId } = request;
    const refused = errorsOf((await persister.initializeState(request)).results);
    const partitions = new Map(
      request.topics.map((topic) => [
        topic.topicId,
        new Set(topic.partitions.map(({ partition }) => partition)),
      ]),
    );
    const success = refused.size === 0;
    if (!success) warn?.(`share partitions of group ${groupId} could not be initialized`);
    const command = { api: 'ShareStateInitialized', groupId, partitions, success } as const;
    await groups.submit<'ShareStateInitialized'>(groupId, command);
    return refused;
  }
}

function problemOf(request: RequestOf<'ShareGroupHeartbeat'>): string | null {
  const { memberId, groupId, rackId, memberEpoch, subscribedTopicNames } = request;
  if (memberId.trim() === '') return "MemberId can't be empty.";
  if (groupId.trim() === '') return "GroupId can't be empty.";
  if (rackId !== null && rackId.trim() === '') return "RackId can't be empty.";
  if (memberEpoch < LEAVE_EPOCH) return 'MemberEpoch is invalid.';
  const isEmpty = subscribedTopicNames === null || subscribedTopicNames.length === 0;
  if (memberEpoch === JOIN_EPOCH && isEmpty) {
    return 'SubscribedTopicNames must be set in first request.';
  }
  return null;
}

function failedHeartbeat(
  { code }: KafkaError,
  errorMessage: string | null = null,
): ResponseOf<'ShareGroupHeartbeat'> {
  return { errorCode: code, errorMessage, memberEpoch: 0, heartbeatIntervalMs: 0 };
}

function failed({ code, message }: KafkaError) {
  return { errorCode: code, errorMessage: message };
}

function uninitialized(partitionIndex: number): DescribedPartition {
  return { partitionIndex, startOffset: UNINITIALIZED, leaderEpoch: 0, lag: -1, errorCode: 0 };
}

/** The partitions that failed, by topic id. */
function errorsOf(
  results: readonly {
    readonly topicId: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[],
): Map<string, Map<number, KafkaError>> {
  const found = new Map<string, Map<number, KafkaError>>();
  for (const { topicId, partitions } of results) {
    const refused = partitions.filter(({ errorCode }) => errorCode !== 0);
    if (refused.length === 0) continue;
    const entries = refused.map(
      ({ partition, errorCode }) =>
        [partition, errorOf(errorCode) ?? errors.UNKNOWN_SERVER_ERROR] as const,
    );
    found.set(topicId, new Map(entries));
  }
  return found;
}
