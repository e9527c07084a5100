import { KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type IsolationLevel, listOffsets, type OffsetQuery } from '../cluster/list-offsets.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { GroupMembership } from './group/group-membership.ts';
import { type CommittedOffset, fetchOffsets } from './group/group-offsets.ts';
import type { PartitionState } from './partition-state.ts';
import { offsetSpecOf } from './start-spec.ts';

/**
 * Gives partitions without a position one: where someone sought to, the group's committed offset, or what
 * `autoOffsetReset` says. One try: retriable errors are thrown, and the rest keeps what it has.
 */
export async function findPositions(options: {
  cluster: Cluster;
  settings: ConsumerSettings;
  membership: GroupMembership | null;
  states: Iterable<PartitionState>;
}): Promise<void> {
  const { cluster, settings, membership } = options;
  const lost = [...options.states].filter(({ active, position }) => active && position === null);
  if (lost.length === 0) return;
  const fences = new Map(lost.map((state) => [state, state.fence]));
  const wanted = (state: PartitionState): boolean => fences.get(state) === state.fence;

  const uncommitted = lost.filter(({ seekTo }) => seekTo === null);
  if (membership !== null && uncommitted.length > 0) {
    const places = uncommitted.map(({ topic, partition }) => ({ topic, partition }));
    const committed = await committedOffsets(membership, settings, places);
    for (const state of uncommitted) {
      const found = committed.get(keyOf(state));
      if (found !== undefined && wanted(state)) {
        state.moveTo(found.offset, found.leaderEpoch);
        fences.set(state, state.fence);
      }
    }
  }
  const { isolationLevel } = settings;
  const now = cluster.platform.clock.now();
  const queries = lost
    .filter(({ position, stuck }) => position === null && stuck === null)
    .map((state): OffsetQuery & { state: PartitionState } => ({
      topic: state.topic,
      partition: state.partition,
      spec: offsetSpecOf(state.seekTo ?? settings.autoOffsetReset ?? noOffset(state), now),
      state,
    }));
  if (queries.length === 0) return;
  const offsets = await lookUp(cluster, queries, isolationLevel);
  const found = new Map(offsets.map((offset) => [keyOf(offset), offset.offset]));
  for (const { state } of queries) {
    if (wanted(state)) state.moveTo(found.get(keyOf(state))!);
  }
}

function committedOffsets(
  { coordinator, identity }: GroupMembership,
  { groupProtocol }: ConsumerSettings,
  places: readonly TopicPartition[],
): Promise<Map<string, CommittedOffset>> {
  const { groupId, memberId, generationId: memberEpoch } = identity;
  const isMember = groupProtocol === 'consumer' && memberId !== '';
  return fetchOffsets(coordinator, groupId, places, {
    requireStable: true,
    ...(isMember ? { member: { memberId, memberEpoch } } : {}),
  });
}

/** A time after the last message stands for the end of the log. */
async function lookUp(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel,
): Promise<{ topic: string; partition: number; offset: number }[]> {
  const found = await listOffsets(cluster, queries, isolationLevel);
  const late = found.filter(({ offset }) => offset < 0);
  if (late.length === 0) return found;
  const ends = await listOffsets(
    cluster,
    late.map(({ topic, partition }) => ({ topic, partition, spec: 'latest' })),
    isolationLevel,
  );
  return [...found.filter(({ offset }) => offset >= 0), ...ends];
}

function noOffset(state: PartitionState): never {
  throw new KafkaClientError(
    'NO_OFFSET',
    `${keyOf(state)}: there is no committed offset to start from, and \`autoOffsetReset\` is none; seek, or choose earliest or latest`,
  );
}
