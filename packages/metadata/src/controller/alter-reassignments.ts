import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { PartitionImage } from '../image/topic.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { changeOf, electionFor, type PartitionRef, partitionsWhere } from './leader-updates.ts';
import { reassignmentTo } from './reassignment.ts';
import { errorFields, Refusal } from './refusal.ts';
import { manualAssignmentProblem } from './replica-assignment.ts';

type AlterRequest = RequestOf<'AlterPartitionReassignments'>;
type Ongoing = ResponseOf<'ListPartitionReassignments'>['topics'][number];

/** AlterPartitionReassignments (KIP-455): starts, changes or (without replicas) cancels moves. */
export function alterPartitionReassignments(
  state: ControllerState,
  request: AlterRequest,
): Decision<'AlterPartitionReassignments'> {
  const { allowReplicationFactorChange } = request;
  const records: MetadataRecord[] = [];
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const ref = partitionRef(state, name, partitionIndex);
      const result = ref instanceof Refusal ? ref : alterOne(state, ref, replicas, request);
      if (result !== undefined && !(result instanceof Refusal)) records.push(result);
      return { partitionIndex, ...errorFields(result instanceof Refusal ? result : undefined) };
    }),
  }));
  return {
    records,
    reply: { throttleTimeMs: 0, allowReplicationFactorChange, ...errorFields(), responses },
  };
}

/** ListPartitionReassignments: of the given partitions, or all where no topics are given. */
export function listPartitionReassignments(
  state: ControllerState,
  request: RequestOf<'ListPartitionReassignments'>,
): Decision<'ListPartitionReassignments'> {
  const asked = request.topics;
  const topics = new Map<string, Ongoing & { partitions: Ongoing['partitions'][number][] }>();
  for (const { topic, partitionId, partition } of partitionsWhere(state, isReassigning)) {
    const isAsked = asked?.some(
      (a) => a.name === topic.name && a.partitionIndexes.includes(partitionId),
    );
    if (isAsked === false) continue;
    const ongoing = topics.get(topic.name) ?? { name: topic.name, partitions: [] };
    topics.set(topic.name, ongoing);
    ongoing.partitions.push({
      partitionIndex: partitionId,
      replicas: partition.replicas,
      addingReplicas: partition.addingReplicas,
      removingReplicas: partition.removingReplicas,
    });
  }
  const reply = { throttleTimeMs: 0, ...errorFields(), topics: [...topics.values()] };
  return { records: [], reply };
}

function isReassigning({ addingReplicas, removingReplicas }: PartitionImage): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0;
}

function partitionRef(
  state: ControllerState,
  name: string,
  partitionId: number,
): PartitionRef | Refusal {
  const topic = state.image.topics.byName(name);
  if (topic === undefined) {
    const message = `Unable to find a topic named ${name}.`;
    return new Refusal('UNKNOWN_TOPIC_OR_PARTITION', message);
  }
  const partition = topic.partitions[partitionId];
  if (partition !== undefined) return { topic, partitionId, partition };
  const message = `Unable to find partition ${name}:${partitionId}.`;
  return new Refusal('UNKNOWN_TOPIC_OR_PARTITION', message);
}

function alterOne(
  state: ControllerState,
  ref: PartitionRef,
  replicas: readonly number[] | null,
  request: AlterRequest,
): MetadataRecord | undefined | Refusal {
  if (replicas === null) return cancel(state, ref);
  const problem = manualAssignmentProblem(state, replicas, undefined);
  if (problem !== undefined) return problem;
  const { partition } = ref;
  const factor = originalReplicas(partition).length;
  if (!request.allowReplicationFactorChange && factor !== replicas.length) {
    const message = `The replication factor is changed from ${factor} to ${replicas.length}`;
    return new Refusal('INVALID_REPLICATION_FACTOR', message);
  }
  const next = reassignmentTo(replicas, partition.replicas);
  return changeOf(state, ref, {
    replicas: next.replicas,
    removing: next.removing.length > 0 ? next.removing : partition.removingReplicas,
    adding: next.adding.length > 0 ? next.adding : partition.addingReplicas,
  });
}

/** How many replicas the partition has apart from a move that is going on. */
function originalReplicas({ replicas, removingReplicas }: PartitionImage): number[] {
  return replicas.filter((id) => !removingReplicas.includes(id));
}

function cancel(state: ControllerState, ref: PartitionRef): MetadataRecord | undefined | Refusal {
  const { topic, partitionId, partition } = ref;
  if (!isReassigning(partition)) return new Refusal('NO_REASSIGNMENT_IN_PROGRESS');
  const kept = (id: number): boolean => !partition.addingReplicas.includes(id);
  const replicas = partition.replicas.filter(kept);
  const isr = partition.isr.filter(kept);
  const [first] = replicas;
  if (first === undefined) {
    const message = 'Invalid replica assignment: addingReplicas contains all replicas.';
    return new Refusal('INVALID_REPLICA_ASSIGNMENT', message);
  }
  const election = electionFor(state, topic);
  if (isr.length === 0 && election !== 'unclean') {
    const message =
      `Unable to revert partition assignment for ${topic.name}:${partitionId} because it would ` +
      'require an unclean leader election.';
    return new Refusal('INVALID_REPLICA_ASSIGNMENT', message);
  }
  const target = { election, replicas, removing: [], adding: [] };
  return changeOf(state, ref, { ...target, isr: isr.length > 0 ? isr : [first] });
}
