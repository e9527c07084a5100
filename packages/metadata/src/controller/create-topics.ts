import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import { RESOURCE } from '../image/configs-image.ts';
import { partitionToRecord } from '../image/partition.ts';
import type { PartitionImage } from '../image/topic.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { changeConfigs, CONFIG_OP } from './alter-configs.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { effectiveTopicConfigs } from './effective-configs.ts';
import { placeReplicas } from './place-replicas.ts';
import { errorFields, Refusal } from './refusal.ts';
import { manualAssignmentProblem, newPartition } from './replica-assignment.ts';
import { CLUSTER_METADATA_TOPIC, topicNameProblem } from './topic-names.ts';

type Request = RequestOf<'CreateTopics'>;
type CreatableTopic = Request['topics'][number];
type Result = ResponseOf<'CreateTopics'>['topics'][number];

/** All records of a request are one atomic batch, so it must stay well below the batch's bound. */
export const MAX_PARTITIONS_PER_REQUEST = 10_000;
const BY_DEFAULT = -1;

/**
 * CreateTopics. Topics that are refused don't keep the others from being created. A topic's records
 * are its name, then its configs, then its partitions.
 */
export function createTopics(state: ControllerState, request: Request): Decision<'CreateTopics'> {
  const tooMany = totalPartitions(state, request.topics) > MAX_PARTITIONS_PER_REQUEST;
  const records: MetadataRecord[] = [];
  const topics = uniqueTopics(request.topics).map(({ topic, isDuplicate }) => {
    const created = tooMany
      ? tooManyPartitions()
      : (nameRefusal(state, topic.name, isDuplicate) ?? createTopic(state, topic));
    if (created instanceof Refusal) return refused(topic.name, created);
    records.push(...created.records);
    return created.result;
  });
  return {
    records: request.validateOnly ? [] : records,
    reply: { throttleTimeMs: 0, topics },
  };
}

export function tooManyPartitions(): Refusal {
  return new Refusal('POLICY_VIOLATION', 'Excessively large number of partitions per request.');
}

function refused(name: string, refusal: Refusal): Result {
  return {
    name,
    topicId: '',
    ...errorFields(refusal),
    configs: [],
  };
}

/** Each name once, in the order of the request. */
function uniqueTopics(
  topics: readonly CreatableTopic[],
): { topic: CreatableTopic; isDuplicate: boolean }[] {
  const counts = new Map<string, number>();
  for (const { name } of topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  const unique = new Map(topics.map((topic) => [topic.name, topic]));
  return Array.from(unique.values(), (topic) => ({
    topic,
    isDuplicate: (counts.get(topic.name) ?? 0) > 1,
  }));
}

function totalPartitions(state: ControllerState, topics: readonly CreatableTopic[]): number {
  return topics
    .map(({ assignments, numPartitions }) => {
      if (assignments.length > 0) return assignments.length;
      if (numPartitions === BY_DEFAULT) return state.config.getInt('num.partitions');
      return Math.max(0, numPartitions);
    })
    .reduce((sum, count) => sum + count, 0);
}

function nameRefusal(
  state: ControllerState,
  name: string,
  isDuplicate: boolean,
): Refusal | undefined {
  if (isDuplicate) return new Refusal('INVALID_REQUEST', 'Duplicate topic name.');
  if (name === CLUSTER_METADATA_TOPIC) {
    return new Refusal('INVALID_REQUEST', `Creation of internal topic ${name} is prohibited.`);
  }
  if (state.image.topics.byName(name) !== undefined) {
    return new Refusal('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
  }
  const colliding = state.collisions.find(name);
  const problem =
    colliding === undefined
      ? topicNameProblem(name)
      : `Topic '${name}' collides with existing topic: ${colliding}`;
  return problem === undefined ? undefined : new Refusal('INVALID_TOPIC_EXCEPTION', problem);
}

function createTopic(
  state: ControllerState,
  topic: CreatableTopic,
): { records: MetadataRecord[]; result: Result } | Refusal {
  const configRecords = topicConfigRecords(state, topic);
  if (configRecords instanceof Refusal) return configRecords;
  const partitions =
    topic.assignments.length > 0
      ? assignedPartitions(state, topic)
      : placedPartitions(state, topic);
  if (partitions instanceof Refusal) return partitions;
  const topicId = state.random.uuid();
  const records: MetadataRecord[] = [
    { type: 'Topic', name: topic.name, topicId },
    ...configRecords,
    ...partitions.map((partition, id) => partitionToRecord(partition, topicId, id)),
  ];
  const result = {
    name: topic.name,
    topicId,
    ...errorFields(),
    numPartitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    configs: createdConfigs(state, topic),
  };
  return { records, result };
}

function topicConfigRecords(
  state: ControllerState,
  topic: CreatableTopic,
): MetadataRecord[] | Refusal {
  if (topic.configs.length === 0) return [];
  const nulls = topic.configs.filter((config) => config.value === null);
  if (nulls.length > 0) {
    const names = nulls.map((config) => config.name).join(',');
    return new Refusal('INVALID_CONFIG', `Null value not supported for topic configs: ${names}`);
  }
  const ops = new Map(topic.configs.map(({ name, value }) => [name, { op: CONFIG_OP.SET, value }]));
  const resource = { type: RESOURCE.TOPIC, name: topic.name };
  return changeConfigs(state, resource, ops, { isNew: true });
}

function createdConfigs(state: ControllerState, topic: CreatableTopic): Result['configs'] {
  const { configs } = state.image;
  const own = new Map<string, string>();
  for (const { name, value } of topic.configs) if (value !== null) own.set(name, value);
  const effective = effectiveTopicConfigs({
    topic: own,
    broker: configs.of(RESOURCE.BROKER, String(state.config.nodeId)),
    cluster: configs.of(RESOURCE.BROKER, ''),
    node: state.config.layers.static,
  });
  return effective.map(({ name, value, source, sensitive }) => ({
    name,
    value: sensitive ? null : value,
    readOnly: false,
    configSource: source,
    isSensitive: sensitive,
  }));
}

function assignedPartitions(
  state: ControllerState,
  topic: CreatableTopic,
): PartitionImage[] | Refusal {
  const manual = 'A manual partition assignment was specified, but';
  if (topic.replicationFactor !== BY_DEFAULT) {
    return new Refusal('INVALID_REQUEST', `${manual} replication factor was not set to -1.`);
  }
  if (topic.numPartitions !== BY_DEFAULT) {
    return new Refusal('INVALID_REQUEST', `${manual} numPartitions was not set to -1.`);
  }
  const byId = new Map<number, PartitionImage>();
  let replicationFactor: number | undefined;
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byId.has(partitionIndex)) {
      const message = `Found multiple manual partition assignments for partition ${partitionIndex}`;
      return new Refusal('INVALID_REPLICA_ASSIGNMENT', message);
    }
    const problem = manualAssignmentProblem(state, brokerIds, replicationFactor);
    if (problem !== undefined) return problem;
    replicationFactor = brokerIds.length;
    const partition = newPartition(state, brokerIds);
    if (partition === undefined) return allInactive(partitionIndex);
    byId.set(partitionIndex, partition);
  }
  const partitions: PartitionImage[] = [];
  for (let id = 0; id < byId.size; id++) {
    const partition = byId.get(id);
    if (partition === undefined) {
      const message = 'partitions should be a consecutive 0-based integer sequence';
      return new Refusal('INVALID_REPLICA_ASSIGNMENT', message);
    }
    partitions.push(partition);
  }
  return partitions;
}

/** Every broker that a request chose for a partition is away. */
export function allInactive(partition: number): Refusal {
  const message =
    `All brokers specified in the manual partition assignment for partition ${partition} are ` +
    'fenced or in controlled shutdown.';
  return new Refusal('INVALID_REPLICA_ASSIGNMENT', message);
}

function placedPartitions(
  state: ControllerState,
  topic: CreatableTopic,
): PartitionImage[] | Refusal {
  const { config } = state;
  if (topic.replicationFactor < BY_DEFAULT || topic.replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.';
    return new Refusal('INVALID_REPLICATION_FACTOR', message);
  }
  if (topic.numPartitions < BY_DEFAULT || topic.numPartitions === 0) {
    const message = 'Number of partitions was set to an invalid non-positive value.';
    return new Refusal('INVALID_PARTITIONS', message);
  }
  const ordered = (value: number, setting: string): number =>
    value === BY_DEFAULT ? config.getInt(setting) : value;
  return placePartitions(state, {
    partitions: ordered(topic.numPartitions, 'num.partitions'),
    replicas: ordered(topic.replicationFactor, 'default.replication.factor'),
  });
}

/** New partitions on brokers that the controller chooses. */
export function placePartitions(
  state: ControllerState,
  count: { readonly partitions: number; readonly replicas: number },
): PartitionImage[] | Refusal {
  const unable = (reason: string): Refusal =>
    new Refusal(
      'INVALID_REPLICATION_FACTOR',
      `Unable to replicate the partition ${count.replicas} time(s): ${reason}`,
    );
  const placed = placeReplicas(state.usableBrokers(), count, state.random);
  if (placed instanceof Refusal) return unable(placed.message);
  const partitions: PartitionImage[] = [];
  for (const replicas of placed) {
    const partition = newPartition(state, replicas);
    if (partition === undefined) {
      return unable('All brokers are currently fenced or in controlled shutdown.');
    }
    partitions.push(partition);
  }
  return partitions;
}
