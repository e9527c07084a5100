import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { CoordinatorFailure } from '../host/failure.ts';
import type { StreamsHeartbeatReply } from '../streams-group/commands.ts';
import { undescribedStreams } from '../streams-group/describe.ts';
import { Refusal } from '../streams-group/refusal.ts';
import { refused } from '../streams-group/replies.ts';
import type { SentTopology } from '../streams-group/topology.ts';
import type { GroupCoordinator, GroupRequestContext } from './group-coordinator.ts';

type Request = RequestOf<'StreamsGroupHeartbeat'>;

const JOIN_EPOCH = 0;
const STATIC_LEAVE_EPOCH = -2;

/** Streams groups (KIP-1071), as one broker coordinates them. No method rejects. */
export class StreamsGroupCoordinator {
  readonly #groups: GroupCoordinator;

  constructor(groups: GroupCoordinator) {
    this.#groups = groups;
  }

  /** What the member hears, and the internal topics that the broker has to create for it. */
  async heartbeat(request: Request, sender: GroupRequestContext): Promise<StreamsHeartbeatReply> {
    const problem = unsupported(request) ?? invalid(request);
    if (problem !== null) return refused(problem);
    const command = { api: 'StreamsGroupHeartbeat', request, sender } as const;
    const reply: StreamsHeartbeatReply | CoordinatorFailure =
      await this.#groups.submit<'StreamsGroupHeartbeat'>(request.groupId, command);
    return reply instanceof CoordinatorFailure ? refused(new Refusal(reply.error)) : reply;
  }

  /** The broker fills in `authorizedOperations`. */
  async describe(
    request: RequestOf<'StreamsGroupDescribe'>,
  ): Promise<ResponseOf<'StreamsGroupDescribe'>['groups']> {
    const named = request.groupIds.filter((groupId) => groupId !== '');
    const described = await this.#groups.forEachPartition(named, async (groupIds) => {
      const command = { api: 'StreamsGroupDescribe', groupIds } as const;
      const reply = await this.#groups.submit<'StreamsGroupDescribe'>(groupIds[0]!, command);
      if (!(reply instanceof CoordinatorFailure)) return reply;
      return groupIds.map((groupId) => undescribedStreams(groupId, reply.error.code, null));
    });
    const nameless = request.groupIds
      .filter((groupId) => groupId === '')
      .map((groupId) => undescribedStreams(groupId, errors.INVALID_GROUP_ID.code, null));
    return [...nameless, ...described];
  }
}

const refuse = (message: string) => new Refusal(errors.INVALID_REQUEST, message);

/** What the protocol has room for, and Apache Kafka 4.3 does not do yet. */
function unsupported(request: Request): Refusal | null {
  if (request.instanceId !== null) return refuse('Static membership is not yet supported.');
  if (request.taskOffsets !== null) return refuse('TaskOffsets are not supported yet.');
  if (request.taskEndOffsets !== null) return refuse('TaskEndOffsets are not supported yet.');
  if ((request.warmupTasks?.length ?? 0) > 0) {
    return refuse('WarmupTasks are not supported yet.');
  }
  const parts = request.topology?.subtopologies ?? [];
  if (parts.some(({ sourceTopicRegex }) => sourceTopicRegex.length > 0)) {
    return refuse('Regular expressions for source topics are not supported yet.');
  }
  return null;
}

function invalid(request: Request): Refusal | null {
  const { memberEpoch, topology, activeTasks, standbyTasks, warmupTasks } = request;
  if (isBlank(request.memberId)) return refuse("MemberId can't be empty.");
  if (isBlank(request.groupId)) return refuse("GroupId can't be empty.");
  if (isBlank(request.rackId)) return refuse("RackId can't be empty.");
  if (memberEpoch === JOIN_EPOCH) {
    const problem = invalidJoin(request);
    if (problem !== null) return problem;
  } else if (memberEpoch === STATIC_LEAVE_EPOCH) {
    return refuse("InstanceId can't be null.");
  } else if (memberEpoch < STATIC_LEAVE_EPOCH) {
    return refuse(`MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`);
  }
  const told = [activeTasks, standbyTasks, warmupTasks].filter((tasks) => tasks !== null).length;
  if (told > 0 && told < 3) {
    return refuse('If one task-type is non-null, all must be non-null.');
  }
  if (memberEpoch !== JOIN_EPOCH && topology !== null) {
    return refuse('Topology can only be provided when (re-)joining.');
  }
  return null;
}

function invalidJoin(request: Request): Refusal | null {
  const { activeTasks, standbyTasks, warmupTasks, topology, rebalanceTimeoutMs } = request;
  if (rebalanceTimeoutMs === -1) {
    return refuse('RebalanceTimeoutMs must be provided in first request.');
  }
  const notEmpty = Object.entries({ activeTasks, standbyTasks, warmupTasks }).find(
    ([, tasks]) => tasks?.length !== 0,
  );
  if (notEmpty !== undefined) {
    const [first = '', ...rest] = notEmpty[0];
    return refuse(`${first.toUpperCase()}${rest.join('')} must be empty when (re-)joining.`);
  }
  if (topology === null) return refuse('Topology must be non-null when (re-)joining.');
  const problem = invalidTopology(topology);
  return problem === null ? null : new Refusal(errors.STREAMS_INVALID_TOPOLOGY, problem);
}

function invalidTopology({ epoch, subtopologies }: SentTopology): string | null {
  if (epoch < 0) return 'Topology epoch must be non-negative.';
  const ids = new Set<string>();
  for (const part of subtopologies) {
    if (ids.has(part.subtopologyId)) return `Subtopology ${part.subtopologyId} is there twice.`;
    ids.add(part.subtopologyId);
    for (const { name, partitions } of part.stateChangelogTopics) {
      if (partitions === 0) continue;
      return `Changelog topic ${name} must have an undefined partition count, but it is set to ${partitions}.`;
    }
    if (part.repartitionSourceTopics.some(({ partitions }) => partitions < 0)) {
      return 'Repartition topics must not have negative partition counts.';
    }
    for (const group of part.copartitionGroups) {
      const outside =
        group.sourceTopics.some((i) => part.sourceTopics[i] === undefined) ||
        group.repartitionSourceTopics.some((i) => part.repartitionSourceTopics[i] === undefined);
      if (outside) return 'A copartition group names a source topic that is not there.';
    }
  }
  return null;
}

const isBlank = (text: string | null) => text !== null && text.trim() === '';
