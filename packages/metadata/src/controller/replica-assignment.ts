import { type PartitionImage } from '../image/topic.ts';
import type { ControllerState } from './controller-state.ts';
import { hasUncordonedDirectory } from './controller-state.ts';
import { Refusal } from './refusal.ts';

/** A new partition on these brokers: the first active replica leads, the active ones are in sync. */
export function newPartition(
  state: ControllerState,
  replicas: readonly number[],
): PartitionImage | undefined {
  const isr = replicas.filter((id) => state.isActive(id));
  const [leader] = isr;
  if (leader === undefined) return undefined;
  return {
    replicas,
    directories: replicas.map((id) => state.defaultDirectory(id)),
    isr,
    elr: [],
    lastKnownElr: [],
    removingReplicas: [],
    addingReplicas: [],
    leader,
    isRecovering: false,
    leaderEpoch: 0,
    partitionEpoch: 0,
  };
}

/** Judges replicas that a request chose; `replicationFactor` is that of the other partitions. */
export function manualAssignmentProblem(
  state: ControllerState,
  replicas: readonly number[],
  replicationFactor: number | undefined,
): Refusal | undefined {
  const refuse = (rest: string): Refusal =>
    new Refusal('INVALID_REPLICA_ASSIGNMENT', `The manual partition assignment includes ${rest}`);
  if (replicas.length === 0) return refuse('an empty replica list.');
  let previous: number | undefined;
  for (const id of replicas.toSorted((a, b) => a - b)) {
    const broker = state.broker(id);
    if (broker === undefined) {
      return refuse(`broker ${id}, but no such broker is registered.`);
    }
    if (!hasUncordonedDirectory(broker)) {
      return refuse(`broker ${id}, but all its log directories are cordoned.`);
    }
    if (id === previous) return refuse(`the broker ${id} more than once.`);
    previous = id;
  }
  if (replicationFactor === undefined || replicas.length === replicationFactor) return undefined;
  return refuse(
    `a partition with ${replicas.length} replica(s), but this is not consistent with previous ` +
      `partitions, which have ${replicationFactor} replica(s).`,
  );
}
