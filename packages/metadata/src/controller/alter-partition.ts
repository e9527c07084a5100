import { type ErrorName, errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { changedPartition, NO_LEADER_CHANGE } from '../image/partition.ts';
import type { PartitionImage } from '../image/topic.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { brokerEpochRefusal } from './broker-epoch.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { changeOf, electionFor } from './leader-updates.ts';

type Request = RequestOf<'AlterPartition'>;
type PartitionRequest = Request['topics'][number]['partitions'][number];
type PartitionReply = ResponseOf<'AlterPartition'>['topics'][number]['partitions'][number];

const FIRST_VERSION_WITH_EPOCHS = 3;
const RECOVERING = 1;
const ANY_EPOCH = -1;

interface IsrMember {
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

/** AlterPartition (KIP-497, KIP-903): a leader shrinks or extends the ISR of what it leads. */
export function alterPartition(
  state: ControllerState,
  request: Request,
  version: number,
): Decision<'AlterPartition'> {
  const refusal = brokerEpochRefusal(state, request.brokerId, request.brokerEpoch);
  if (refusal !== undefined) {
    return { records: [], reply: { throttleTimeMs: 0, errorCode: refusal.error.code, topics: [] } };
  }
  const records: MetadataRecord[] = [];
  const topics = request.topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map((partition) => {
      const isr =
        version < FIRST_VERSION_WITH_EPOCHS
          ? partition.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: ANY_EPOCH }))
          : partition.newIsrWithEpochs;
      const asked = { brokerId: request.brokerId, topicId, partition, isr };
      return alterOne(state, asked, records);
    }),
  }));
  return { records, reply: { throttleTimeMs: 0, errorCode: errors.NONE.code, topics } };
}

interface Asked {
  readonly brokerId: number;
  readonly topicId: string;
  readonly partition: PartitionRequest;
  readonly isr: readonly IsrMember[];
}

function alterOne(state: ControllerState, asked: Asked, records: MetadataRecord[]): PartitionReply {
  const { partitionIndex, leaderRecoveryState } = asked.partition;
  const refuse = (name: ErrorName): PartitionReply => ({
    partitionIndex,
    errorCode: errors[name].code,
    leaderId: 0,
    leaderEpoch: 0,
    isr: [],
    partitionEpoch: 0,
  });
  const topic = state.image.topics.byId(asked.topicId);
  if (topic === undefined) return refuse('UNKNOWN_TOPIC_ID');
  const partition = topic.partitions[partitionIndex];
  if (partition === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION');
  const problem = isrProblem(state, partition, asked);
  if (problem !== undefined) return refuse(problem);
  const target = {
    election: electionFor(state, topic),
    isr: asked.isr.map((member) => member.brokerId),
    isRecovering: leaderRecoveryState === RECOVERING,
  };
  const record = changeOf(state, { topic, partitionId: partitionIndex, partition }, target);
  const changed = record === undefined ? partition : changedPartition(partition, record);
  if (record !== undefined) {
    records.push(record);
    // The new ISR has completed a reassignment that took the leadership from the one who asks.
    const { leader } = record;
    if (leader !== NO_LEADER_CHANGE && leader !== asked.brokerId)
      return refuse('NEW_LEADER_ELECTED');
  }
  return {
    partitionIndex,
    errorCode: errors.NONE.code,
    leaderId: changed.leader,
    leaderEpoch: changed.leaderEpoch,
    isr: changed.isr,
    leaderRecoveryState: changed.isRecovering ? RECOVERING : 0,
    partitionEpoch: changed.partitionEpoch,
  };
}

function isrProblem(
  state: ControllerState,
  partition: PartitionImage,
  { brokerId, partition: request, isr }: Asked,
): ErrorName | undefined {
  const { leaderEpoch, partitionEpoch, leaderRecoveryState } = request;
  // Whoever knows more than this controller has heard a newer one.
  if (leaderEpoch > partition.leaderEpoch || partitionEpoch > partition.partitionEpoch) {
    return 'NOT_CONTROLLER';
  }
  if (leaderEpoch < partition.leaderEpoch) return 'FENCED_LEADER_EPOCH';
  if (brokerId !== partition.leader) return 'INVALID_REQUEST';
  if (partitionEpoch < partition.partitionEpoch) return 'INVALID_UPDATE_VERSION';
  const ids = isr.map((member) => member.brokerId);
  const isWellFormed =
    ids.length > 0 &&
    new Set(ids).size === ids.length &&
    ids.every((id) => partition.replicas.includes(id)) &&
    ids.includes(partition.leader);
  if (!isWellFormed) return 'INVALID_REQUEST';
  const isRecovering = leaderRecoveryState === RECOVERING;
  if (isRecovering && (ids.length > 1 || !partition.isRecovering)) return 'INVALID_REQUEST';
  return isr.every((member) => mayJoin(state, member)) ? undefined : 'INELIGIBLE_REPLICA';
}

function mayJoin(state: ControllerState, { brokerId, brokerEpoch }: IsrMember): boolean {
  if (!state.isActive(brokerId)) return false;
  return brokerEpoch === ANY_EPOCH || state.broker(brokerId)?.epoch === brokerEpoch;
}
