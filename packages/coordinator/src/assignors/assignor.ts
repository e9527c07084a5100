/** Partitions by topic id. */
export type TopicPartitions = ReadonlyMap<string, ReadonlySet<number>>;

/** A member, as an assignor sees it. */
export interface AssignedMember {
  readonly instanceId: string | null;
  readonly rackId: string | null;
  /** The ids of the topics that it subscribes to and that exist. Members may share one set. */
  readonly subscribedTopicIds: ReadonlySet<string>;
  /** What the last target assignment gave it. */
  readonly assignment: TopicPartitions;
}

/** A group that is to be assigned. */
export interface GroupSpec {
  readonly members: ReadonlyMap<string, AssignedMember>;
  /** All members subscribe to the same topics. */
  readonly homogeneous: boolean;
  /** The member that the last target assignment gave a partition to. */
  ownerOf(topicId: string, partition: number): string | undefined;
  /** Some partitions of a share group cannot be assigned yet. */
  isAssignable(topicId: string, partition: number): boolean;
}

/** What an assignor may ask about the topics that members subscribe to. */
export interface TopicDescriber {
  /** -1 when there is no such topic any more. */
  partitionCount(topicId: string): number;
  /** The racks of the brokers that hold the partition. */
  racks(topicId: string, partition: number): readonly string[];
}

/**
 * Makes a target assignment, by member id. Pure: the same group gives the same assignment. The
 * input is not changed; where a member keeps what it has, its `assignment` may be handed back.
 */
export interface Assignor {
  /** As members ask for it (`group.remote.assignor`) and brokers name it (`group.consumer.assignors`). */
  readonly name: string;
  assign(group: GroupSpec, topics: TopicDescriber): ReadonlyMap<string, TopicPartitions>;
}
