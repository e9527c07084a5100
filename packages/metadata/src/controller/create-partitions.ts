import type { RequestOf } from '@tidelog/protocol';
import { partitionToRecord } from '../image/partition.ts';
import type { PartitionImage, TopicImage } from '../image/topic.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import {
  allInactive,
  MAX_PARTITIONS_PER_REQUEST,
  placePartitions,
  tooManyPartitions,
} from './create-topics.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';
import { manualAssignmentProblem, newPartition } from './replica-assignment.ts';

type Request = RequestOf<'CreatePartitions'>;
type TopicRequest = Request['topics'][number];

/** CreatePartitions: a topic only grows. */
export function createPartitions(
  state: ControllerState,
  request: Request,
): Decision<'CreatePartitions'> {
  const records: MetadataRecord[] = [];
  const byName = new Map<string, TopicRequest>();
  const duplicates = new Set<string>();
  for (const topic of request.topics) {
    if (byName.has(topic.name)) duplicates.add(topic.name);
    byName.set(topic.name, topic);
  }
  const results = Array.from(byName, ([name, topic]) => {
    const grown = duplicates.has(name)
      ? new Refusal('INVALID_REQUEST', 'Duplicate topic name.')
      : growTopic(state, topic, MAX_PARTITIONS_PER_REQUEST - records.length);
    if (grown instanceof Refusal) return { name, ...errorFields(grown) };
    records.push(...grown);
    return { name, ...errorFields() };
  });
  return { records: request.validateOnly ? [] : records, reply: { throttleTimeMs: 0, results } };
}

/** At most `room` partitions are added, as by CreateTopics. */
function growTopic(
  state: ControllerState,
  request: TopicRequest,
  room: number,
): MetadataRecord[] | Refusal {
  const topic = state.image.topics.byName(request.name);
  if (topic === undefined) return new Refusal('UNKNOWN_TOPIC_OR_PARTITION');
  const existing = topic.partitions.length;
  if (request.count === existing) {
    return new Refusal('INVALID_PARTITIONS', `Topic already has ${existing} partition(s).`);
  }
  if (request.count < existing) {
    const message =
      `The topic ${topic.name} currently has ${existing} partition(s); ${request.count} would ` +
      'not be an increase.';
    return new Refusal('INVALID_PARTITIONS', message);
  }
  if (request.count - existing > room) return tooManyPartitions();
  const added = addedPartitions(state, topic, request);
  if (added instanceof Refusal) return added;
  return added.map((partition, i) => partitionToRecord(partition, topic.id, existing + i));
}

function addedPartitions(
  state: ControllerState,
  topic: TopicImage,
  { count, assignments }: TopicRequest,
): PartitionImage[] | Refusal {
  const existing = topic.partitions.length;
  const additional = count - existing;
  const replicas = topic.partitions[0]?.replicas.length ?? 1;
  if (assignments === null) return placePartitions(state, { partitions: additional, replicas });
  if (assignments.length !== additional) {
    const message =
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} ` +
      'assignment(s) were specified.';
    return new Refusal('INVALID_REPLICA_ASSIGNMENT', message);
  }
  const partitions: PartitionImage[] = [];
  for (const [i, { brokerIds }] of assignments.entries()) {
    const problem = manualAssignmentProblem(state, brokerIds, replicas);
    if (problem !== undefined) return problem;
    const partition = newPartition(state, brokerIds);
    if (partition === undefined) return allInactive(existing + i);
    partitions.push(partition);
  }
  return partitions;
}
