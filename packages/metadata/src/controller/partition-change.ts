import { NO_LEADER_CHANGE } from '../image/partition.ts';
import { NO_LEADER, type PartitionImage } from '../image/topic.ts';
import type { RecordOf } from '../records/metadata-record.ts';
import { SINCE } from '../records/record-versions.ts';
import { completedReassignment } from './reassignment.ts';

/** Which leader is looked for: `preferred` the first replica, `online` any that is in sync. */
export type Election = 'preferred' | 'online' | 'unclean';

export interface PartitionChangeContext {
  readonly topicId: string;
  readonly partitionId: number;
  readonly metadataVersion: number;
  readonly isElrEnabled: boolean;
  readonly minIsr: number;
  readonly canLead: (broker: number) => boolean;
  readonly defaultDirectory: (broker: number) => string;
}

/** What a partition should come to; what is left out stays as it is. */
export interface PartitionTarget {
  readonly election?: Election;
  readonly isr?: readonly number[];
  readonly replicas?: readonly number[];
  readonly removing?: readonly number[];
  readonly adding?: readonly number[];
  readonly isRecovering?: boolean;
  /** Brokers that came back from an unclean stop: what they have may be incomplete. */
  readonly uncleanReplicas?: readonly number[];
  /** Brokers to the directories in which they hold their replica now. */
  readonly directories?: ReadonlyMap<number, string>;
}

type Change = {
  -readonly [K in keyof RecordOf<'PartitionChange'>]: RecordOf<'PartitionChange'>[K];
};

const NO_RECOVERY_CHANGE = -1;
/** 3.6-IV0: before it, followers noticed a shrunken ISR only by a new leader epoch. */
const NO_EPOCH_BUMP_ON_SHRINK = 12;

/**
 * The record that brings a partition to its target, or undefined when nothing changes. In this
 * order: a reassignment is completed when it can be; who left the ISR below min.insync.replicas is
 * kept as eligible (KIP-966); a leader is elected; the epoch grows where followers must notice.
 */
export function partitionChange(
  partition: PartitionImage,
  target: PartitionTarget,
  context: PartitionChangeContext,
): RecordOf<'PartitionChange'> | undefined {
  const change = emptyChange(context);
  const plan = planOf(partition, target);
  if (context.isElrEnabled) planElr(plan, partition, target, context.minIsr);
  elect(change, plan, { partition, context, election: target.election ?? 'online' });
  const keepsReplicas = partition.replicas.every((id) => plan.replicas.includes(id));
  if (change.leader === NO_LEADER_CHANGE && !keepsReplicas) change.leader = partition.leader;
  setElr(change, plan, partition, context);
  if (change.isr === null && (plan.isr.length > 0 || context.isElrEnabled)) {
    change.isr = ifChanged(plan.isr, partition.isr);
  }
  bumpEpochOnShrink(change, partition, context.metadataVersion);
  setLastKnownLeader(change, partition, context);
  setAssignment(change, plan, partition, { target, context });
  if (target.isRecovering !== undefined && target.isRecovering !== partition.isRecovering) {
    change.leaderRecoveryState = target.isRecovering ? 1 : 0;
  }
  return isEmpty(change) ? undefined : change;
}

interface Plan {
  isr: readonly number[];
  elr: readonly number[];
  replicas: readonly number[];
  removing: readonly number[];
  adding: readonly number[];
}

function planOf(partition: PartitionImage, target: PartitionTarget): Plan {
  const plan = {
    isr: target.isr ?? partition.isr,
    elr: partition.elr,
    replicas: target.replicas ?? partition.replicas,
    removing: target.removing ?? partition.removingReplicas,
    adding: target.adding ?? partition.addingReplicas,
  };
  const completed = completedReassignment(plan);
  return completed === undefined ? plan : { ...plan, ...completed, removing: [], adding: [] };
}

function planElr(
  plan: Plan,
  partition: PartitionImage,
  target: PartitionTarget,
  minIsr: number,
): void {
  const { isr } = plan;
  const unclean = target.uncleanReplicas ?? [];
  const candidates = new Set([...plan.elr, ...partition.isr]);
  plan.elr =
    isr.length >= minIsr
      ? []
      : [...candidates].filter((id) => !isr.includes(id) && !unclean.includes(id));
}

interface ElectionInput {
  readonly partition: PartitionImage;
  readonly context: PartitionChangeContext;
  readonly election: Election;
}

function elect(change: Change, plan: Plan, input: ElectionInput): void {
  const { partition } = input;
  const { leader, isUnclean } = electedLeader(plan, input);
  if (leader === partition.leader) return;
  if (plan.elr.includes(leader)) {
    plan.isr = [leader];
    plan.elr = plan.elr.filter((id) => id !== leader);
  }
  change.leader = leader;
  if (!isUnclean) return;
  // Whatever the others have may diverge from this leader: the ISR starts again with it alone.
  change.isr = [leader];
  if (!partition.isRecovering) change.leaderRecoveryState = 1;
}

function electedLeader(
  plan: Plan,
  { partition, context, election }: ElectionInput,
): { leader: number; isUnclean: boolean } {
  const isValid = (id: number): boolean =>
    (plan.isr.includes(id) || (plan.isr.length === 0 && plan.elr.includes(id))) &&
    context.canLead(id);
  const [preferred] = plan.replicas;
  if (election === 'preferred' && preferred !== undefined && isValid(preferred)) {
    return { leader: preferred, isUnclean: false };
  }
  if (isValid(partition.leader)) return { leader: partition.leader, isUnclean: false };
  const inSync = plan.replicas.find(isValid);
  if (inSync !== undefined) return { leader: inSync, isUnclean: false };
  const lastKnown = lastKnownLeader(plan, partition, context);
  if (lastKnown !== undefined) return { leader: lastKnown, isUnclean: true };
  const anyone = election === 'unclean' ? plan.replicas.find(context.canLead) : undefined;
  return anyone === undefined
    ? { leader: NO_LEADER, isUnclean: false }
    : { leader: anyone, isUnclean: true };
}

/** With nobody in sync or eligible, the one that led last may lead again (KIP-966). */
function lastKnownLeader(
  plan: Plan,
  partition: PartitionImage,
  context: PartitionChangeContext,
): number | undefined {
  const [leader, ...others] = partition.lastKnownElr;
  if (!context.isElrEnabled || leader === undefined || others.length > 0) return undefined;
  if (plan.elr.length > 0 || plan.isr.length > 0) return undefined;
  return context.canLead(leader) ? leader : undefined;
}

function setElr(
  change: Change,
  plan: Plan,
  partition: PartitionImage,
  context: PartitionChangeContext,
): void {
  const wasUnclean = change.isr !== null;
  if (wasUnclean || !context.isElrEnabled) plan.elr = [];
  change.eligibleLeaderReplicas = ifChanged(plan.elr, partition.elr);
}

function bumpEpochOnShrink(
  change: Change,
  partition: PartitionImage,
  metadataVersion: number,
): void {
  if (metadataVersion >= NO_EPOCH_BUMP_ON_SHRINK) return;
  if (change.leader !== NO_LEADER_CHANGE || change.isr === null) return;
  const { isr } = change;
  if (!partition.isr.every((id) => isr.includes(id))) change.leader = partition.leader;
}

function setLastKnownLeader(
  change: Change,
  partition: PartitionImage,
  context: PartitionChangeContext,
): void {
  if (!context.isElrEnabled) return;
  const known = partition.lastKnownElr.length > 0;
  if (change.leader === NO_LEADER && !known) change.lastKnownElr = [partition.leader];
  else if (change.leader >= 0 && known) change.lastKnownElr = [];
}

function setAssignment(
  change: Change,
  plan: Plan,
  partition: PartitionImage,
  { target, context }: { target: PartitionTarget; context: PartitionChangeContext },
): void {
  if (context.metadataVersion >= SINCE.DIRECTORY_ASSIGNMENT) {
    const directories = plan.replicas.map(
      (id) =>
        target.directories?.get(id) ??
        partition.directories[partition.replicas.indexOf(id)] ??
        context.defaultDirectory(id),
    );
    change.directories = ifChanged(directories, partition.directories);
  }
  change.replicas = ifChanged(plan.replicas, partition.replicas);
  change.removingReplicas = ifChanged(plan.removing, partition.removingReplicas);
  change.addingReplicas = ifChanged(plan.adding, partition.addingReplicas);
}

function emptyChange({ topicId, partitionId }: PartitionChangeContext): Change {
  return {
    type: 'PartitionChange',
    partitionId,
    topicId,
    isr: null,
    leader: NO_LEADER_CHANGE,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: NO_RECOVERY_CHANGE,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  };
}

function isEmpty(change: Change): boolean {
  const { leader, leaderRecoveryState } = change;
  if (leader !== NO_LEADER_CHANGE || leaderRecoveryState !== NO_RECOVERY_CHANGE) return false;
  const { isr, replicas, removingReplicas, addingReplicas, directories } = change;
  const { eligibleLeaderReplicas, lastKnownElr } = change;
  return [
    isr,
    replicas,
    removingReplicas,
    addingReplicas,
    directories,
    eligibleLeaderReplicas,
    lastKnownElr,
  ].every((list) => list === null);
}

function ifChanged<T>(next: readonly T[], old: readonly T[]): T[] | null {
  const isSame = next.length === old.length && next.every((item, i) => item === old[i]);
  return isSame ? null : [...next];
}
