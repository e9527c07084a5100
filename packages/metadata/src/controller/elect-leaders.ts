import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { MetadataRecord } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { changeOf, hasNoLeader, type PartitionRef, partitionsWhere } from './leader-updates.ts';
import { errorFields, Refusal } from './refusal.ts';

type Request = RequestOf<'ElectLeaders'>;
type TopicResult = ResponseOf<'ElectLeaders'>['replicaElectionResults'][number];

const ELECTION = { PREFERRED: 0, UNCLEAN: 1 } as const;
/** How many leaders one pass moves, so that a pass stays short. */
export const MAX_ELECTIONS_PER_PASS = 1000;

/** ElectLeaders (KIP-460): the preferred leaders, or any leader for partitions without one. */
export function electLeaders(state: ControllerState, request: Request): Decision<'ElectLeaders'> {
  const { electionType, topicPartitions } = request;
  if (electionType !== ELECTION.PREFERRED && electionType !== ELECTION.UNCLEAN) {
    const errorCode = errors.INVALID_REQUEST.code;
    return { records: [], reply: { throttleTimeMs: 0, errorCode, replicaElectionResults: [] } };
  }
  const records: MetadataRecord[] = [];
  const results: TopicResult[] = (topicPartitions ?? allPartitions(state)).map((asked) => ({
    topic: asked.topic,
    partitionResult: asked.partitions.flatMap((partitionId) => {
      const elected = electLeader(state, asked.topic, partitionId, electionType);
      if (!(elected instanceof Refusal)) {
        records.push(elected);
        return [{ partitionId, ...errorFields() }];
      }
      // Who asks for all partitions is not told of those that are as they should be.
      const isNews = topicPartitions !== null || elected.error !== errors.ELECTION_NOT_NEEDED;
      return isNews ? [{ partitionId, ...errorFields(elected) }] : [];
    }),
  }));
  const errorCode = errors.NONE.code;
  return { records, reply: { throttleTimeMs: 0, errorCode, replicaElectionResults: results } };
}

/** Leaderships that should go back to the first replica, now that it is in sync again. */
export function preferredElections(state: ControllerState): MetadataRecord[] {
  const imbalanced = partitionsWhere(state, ({ leader, replicas }) => leader !== replicas[0]);
  return elections(imbalanced, (ref) => changeOf(state, ref, { election: 'preferred' }));
}

/** Leaders for partitions without one, where the topic would rather lose records than wait. */
export function uncleanElections(state: ControllerState): MetadataRecord[] {
  const leaderless = partitionsWhere(state, hasNoLeader);
  return elections(leaderless, (ref) =>
    state.allowsUncleanElection(ref.topic.name)
      ? changeOf(state, ref, { election: 'unclean' })
      : undefined,
  );
}

function elections(
  partitions: readonly PartitionRef[],
  elect: (partition: PartitionRef) => MetadataRecord | undefined,
): MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const partition of partitions) {
    const record = elect(partition);
    if (record !== undefined) records.push(record);
    if (records.length === MAX_ELECTIONS_PER_PASS) break;
  }
  return records;
}

function allPartitions(state: ControllerState): { topic: string; partitions: number[] }[] {
  return Array.from(state.image.topics.all(), ({ name, partitions }) => ({
    topic: name,
    partitions: [...partitions.keys()],
  }));
}

function electLeader(
  state: ControllerState,
  name: string,
  partitionId: number,
  electionType: number,
): MetadataRecord | Refusal {
  const topic = state.image.topics.byName(name);
  if (topic === undefined) {
    return new Refusal('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`);
  }
  const partition = topic.partitions[partitionId];
  if (partition === undefined) {
    const message = `No such partition as ${name}-${partitionId}`;
    return new Refusal('UNKNOWN_TOPIC_OR_PARTITION', message);
  }
  const isPreferred = electionType === ELECTION.PREFERRED;
  const isDone = isPreferred ? partition.leader === partition.replicas[0] : !hasNoLeader(partition);
  if (isDone) return new Refusal('ELECTION_NOT_NEEDED');
  const election = isPreferred ? 'preferred' : 'unclean';
  const record = changeOf(state, { topic, partitionId, partition }, { election });
  if (record !== undefined) return record;
  return new Refusal(
    isPreferred ? 'PREFERRED_LEADER_NOT_AVAILABLE' : 'ELIGIBLE_LEADERS_NOT_AVAILABLE',
  );
}
