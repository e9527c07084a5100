import { KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { listOffsets, type OffsetQuery, type OffsetSpec } from '../cluster/list-offsets.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import type { ConsumerSettings, OffsetReset } from './consumer-settings.ts';
import type { GroupMembership } from './group/group-membership.ts';
import { type CommittedOffset, fetchOffsets } from './group/group-offsets.ts';
import type { PartitionState } from './partition-state.ts';

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
        state.moveTo(found.offset);
        fences.set(state, state.fence);
      }
    }
  }
  const queries = lost
    .filter(({ position }) => position === null)
    .map((state): OffsetQuery & { state: PartitionState } => ({
      topic: state.topic,
      partition: state.partition,
      spec: state.seekTo ?? resetSpec(settings.autoOffsetReset, state),
      state,
    }));
  if (queries.length === 0) return;
  const found = new Map(
    (await resolve(cluster, queries)).map((offset) => [keyOf(offset), offset.offset]),
  );
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
async function resolve(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
): Promise<{ topic: string; partition: number; offset: number }[]> {
  const found = await listOffsets(cluster, queries);
  const late = found.filter(({ offset }) => offset < 0);
  if (late.length === 0) return found;
  const ends = await listOffsets(
    cluster,
    late.map(({ topic, partition }) => ({ topic, partition, spec: 'latest' })),
  );
  return [...found.filter(({ offset }) => offset >= 0), ...ends];
}

function resetSpec(reset: OffsetReset, state: PartitionState): OffsetSpec {
  if (reset !== 'none') return reset;
  throw new KafkaClientError(
    'NO_OFFSET',
    `${keyOf(state)}: there is no committed offset to start from, and \`autoOffsetReset\` is none; seek, or choose earliest or latest`,
  );
}
