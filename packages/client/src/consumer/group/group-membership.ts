import type { KafkaClientError } from '../../client-error.ts';
import type { Coordinator } from '../../cluster/coordinator.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { Subscription } from '../subscription.ts';
import type { CommitIdentity } from './group-offsets.ts';
import type { PollTimer } from './poll-timer.ts';

/** What a rebalance does to the consumer. */
export interface AssignmentOwner {
  owned(): TopicPartition[];
  assigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** Offsets are committed before. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** Someone else may have them already. */
  lost(partitions: readonly TopicPartition[]): Promise<void>;
}

/**
 * A place in a group. A rebalance goes on only inside `settle`, which the consumer calls between two
 * messages: no partition is taken away while one of its messages is worked on.
 */
export interface GroupMembership {
  readonly coordinator: Coordinator;
  readonly identity: CommitIdentity;
  readonly pollTimer: PollTimer;
  readonly isSubscribed: boolean;
  /** `settle` has something to do. */
  readonly isUnsettled: boolean;
  subscribe(subscription: Subscription): void;
  /** Works until the assignment is stable, or nothing can be done about it now. */
  settle(signal: AbortSignal): Promise<void>;
  /** More, or other, is known of the cluster's topics. */
  checkTopics(): void;
  /** An answer about offsets says something of the place; true where the same may succeed later. */
  heard(error: KafkaClientError): boolean;
  /** Gives the place up; static members keep theirs for the session timeout. */
  leave(reason: string): Promise<void>;
}
