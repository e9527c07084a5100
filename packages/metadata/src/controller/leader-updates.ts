import { DIRECTORY_UNASSIGNED } from '../image/partition.ts';
import { NO_LEADER, type PartitionImage, type TopicImage } from '../image/topic.ts';
import type { RecordOf } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import {
  partitionChange,
  type PartitionChangeContext,
  type PartitionTarget,
} from './partition-change.ts';

export interface PartitionRef {
  readonly topic: TopicImage;
  readonly partitionId: number;
  readonly partition: PartitionImage;
}

/** Brokers whose part in ISRs and leaderships changes with what is being decided. */
export interface BrokerTransition {
  /** Leaves every ISR; may still be eligible. */
  readonly leaving?: number;
  /** May lead from now on, though the image still has it fenced. */
  readonly returning?: number;
  /** Came back from an unclean stop, so that it is neither in sync nor eligible. */
  readonly unclean?: number;
}

/** All partitions that fulfil a condition. */
export function partitionsWhere(
  state: ControllerState,
  condition: (partition: PartitionImage) => boolean,
): PartitionRef[] {
  const found: PartitionRef[] = [];
  for (const topic of state.image.topics.all()) {
    for (const [partitionId, partition] of topic.partitions.entries()) {
      if (condition(partition)) found.push({ topic, partitionId, partition });
    }
  }
  return found;
}

export function leads(state: ControllerState, broker: number): boolean {
  for (const topic of state.image.topics.all()) {
    if (topic.partitions.some((partition) => partition.leader === broker)) return true;
  }
  return false;
}

export const hasNoLeader = (partition: PartitionImage): boolean => partition.leader === NO_LEADER;

/** The records that take a transition into account in the given partitions. */
export function leaderAndIsrUpdates(
  state: ControllerState,
  partitions: readonly PartitionRef[],
  transition: BrokerTransition,
): RecordOf<'PartitionChange'>[] {
  const { leaving, returning, unclean } = transition;
  const mayLead = (id: number): boolean =>
    id !== leaving && id !== unclean && (id === returning || state.isActive(id));
  const uncleanReplicas = unclean === undefined ? [] : [unclean];
  const perTopic = lastOf((topic: TopicImage) => ({
    election: electionFor(state, topic),
    minIsr: state.minIsr(topic),
  }));
  const records = [];
  for (const ref of partitions) {
    const { election, minIsr } = perTopic(ref.topic);
    const isr = ref.partition.isr.filter((id) => id !== leaving && id !== unclean);
    const target = { election, isr, uncleanReplicas };
    const record = partitionChange(ref.partition, target, contextOf(state, ref, minIsr, mayLead));
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** The record that brings a partition to a target, seen from the current state of the brokers. */
export function changeOf(
  state: ControllerState,
  ref: PartitionRef,
  target: PartitionTarget,
): RecordOf<'PartitionChange'> | undefined {
  const isActive = (id: number): boolean => state.isActive(id);
  const context = contextOf(state, ref, state.minIsr(ref.topic), isActive);
  return partitionChange(ref.partition, target, context);
}

function contextOf(
  state: ControllerState,
  { topic, partitionId, partition }: PartitionRef,
  minIsr: number,
  mayLead: (broker: number) => boolean,
): PartitionChangeContext {
  const { features } = state.image;
  return {
    topicId: topic.id,
    partitionId,
    metadataVersion: features.metadataVersion,
    isElrEnabled: features.isElrEnabled,
    minIsr,
    canLead: (id) => mayLead(id) && state.hasOnlineDirectory(id, directoryOf(partition, id)),
    defaultDirectory: (id) => state.defaultDirectory(id),
  };
}

export function electionFor(state: ControllerState, topic: TopicImage): 'online' | 'unclean' {
  return state.allowsUncleanElection(topic.name) ? 'unclean' : 'online';
}

function directoryOf(partition: PartitionImage, broker: number): string {
  return partition.directories[partition.replicas.indexOf(broker)] ?? DIRECTORY_UNASSIGNED;
}

/** Remembers the last answer: partitions come topic by topic. */
function lastOf<K, V>(compute: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}
