import type { RecordOf } from '../records/metadata-record.ts';
import type { PartitionImage } from './topic.ts';

/** Ids that name no directory (KIP-858): not known yet, to be chosen by the broker, failed. */
export const DIRECTORY_MIGRATING = 'AAAAAAAAAAAAAAAAAAAAAA';
export const DIRECTORY_UNASSIGNED = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const DIRECTORY_LOST = 'AAAAAAAAAAAAAAAAAAAAAg';

/** `leader` of a PartitionChange that leaves the leader, and its epoch, as they are. */
export const NO_LEADER_CHANGE = -2;
const NO_RECOVERY_CHANGE = -1;
const RECOVERING = 1;
const NOBODY: readonly number[] = [];

/**
 * `like` is a partition that is probably similar, its neighbour in the topic: equal lists are shared
 * with it, because a cluster has few different ones and very many partitions.
 */
export function partitionFromRecord(
  record: RecordOf<'Partition'>,
  like: PartitionImage | undefined,
): PartitionImage {
  const directories = directoriesFor(record.directories, record.replicas.length);
  return {
    replicas: shared(record.replicas, like?.replicas),
    directories: shared(directories, like?.directories),
    isr: shared(record.isr, like?.isr),
    elr: shared(record.eligibleLeaderReplicas ?? NOBODY, like?.elr),
    lastKnownElr: shared(record.lastKnownElr ?? NOBODY, like?.lastKnownElr),
    removingReplicas: shared(record.removingReplicas, like?.removingReplicas),
    addingReplicas: shared(record.addingReplicas, like?.addingReplicas),
    leader: record.leader,
    isRecovering: record.leaderRecoveryState === RECOVERING,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  };
}

/** The partition after a change; the leader epoch grows when the record names a leader. */
export function changedPartition(
  old: PartitionImage,
  record: RecordOf<'PartitionChange'>,
  like?: PartitionImage,
): PartitionImage {
  const replicas = record.replicas ?? old.replicas;
  const leaderChanges = record.leader !== NO_LEADER_CHANGE;
  return {
    replicas,
    directories: directoriesFor(record.directories ?? old.directories, replicas.length),
    isr: shared(record.isr ?? old.isr, like?.isr),
    elr: shared(record.eligibleLeaderReplicas ?? old.elr, like?.elr),
    lastKnownElr: shared(record.lastKnownElr ?? old.lastKnownElr, like?.lastKnownElr),
    removingReplicas: record.removingReplicas ?? old.removingReplicas,
    addingReplicas: record.addingReplicas ?? old.addingReplicas,
    leader: leaderChanges ? record.leader : old.leader,
    isRecovering:
      record.leaderRecoveryState === NO_RECOVERY_CHANGE
        ? old.isRecovering
        : record.leaderRecoveryState === RECOVERING,
    leaderEpoch: leaderChanges ? old.leaderEpoch + 1 : old.leaderEpoch,
    partitionEpoch: old.partitionEpoch + 1,
  };
}

export function partitionToRecord(
  partition: PartitionImage,
  topicId: string,
  partitionId: number,
): RecordOf<'Partition'> {
  return {
    type: 'Partition',
    partitionId,
    topicId,
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removingReplicas,
    addingReplicas: partition.addingReplicas,
    leader: partition.leader,
    leaderRecoveryState: partition.isRecovering ? RECOVERING : 0,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    directories: partition.directories,
    eligibleLeaderReplicas: partition.elr.length > 0 ? partition.elr : null,
    lastKnownElr: partition.lastKnownElr.length > 0 ? partition.lastKnownElr : null,
  };
}

function directoriesFor(directories: readonly string[], replicaCount: number): readonly string[] {
  if (directories.every((id) => id === DIRECTORY_MIGRATING)) {
    return Array.from({ length: replicaCount }, () => DIRECTORY_MIGRATING);
  }
  if (directories.length !== replicaCount) {
    throw new Error(`${directories.length} directories for ${replicaCount} replicas`);
  }
  return directories;
}

function shared<T>(list: readonly T[], other: readonly T[] | undefined): readonly T[] {
  if (list.length === 0) return NOBODY as readonly never[];
  if (other?.length !== list.length) return list;
  return list.every((item, i) => item === other[i]) ? other : list;
}
