/**
 * One partition as the cluster has agreed on it. Never changed in place: a change makes a new
 * object, so a reader may keep one.
 */
export interface PartitionImage {
  /** Broker ids, the preferred leader first. */
  readonly replicas: readonly number[];
  /** For each of `replicas`, the id of the log directory that holds it (KIP-858). */
  readonly directories: readonly string[];
  readonly isr: readonly number[];
  /** Out of the ISR, but known to have all committed records (KIP-966). */
  readonly elr: readonly number[];
  readonly lastKnownElr: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly addingReplicas: readonly number[];
  /** -1 (`NO_LEADER`) while nobody can lead. */
  readonly leader: number;
  /** The leader was elected out of the ISR and must recover (KIP-704). */
  readonly isRecovering: boolean;
  readonly leaderEpoch: number;
  /** Grows with every change of the partition. */
  readonly partitionEpoch: number;
}

export interface TopicImage {
  readonly name: string;
  /** 22 characters of URL-safe base64. */
  readonly id: string;
  /** By partition id. */
  readonly partitions: readonly PartitionImage[];
}

export const NO_LEADER = -1;
