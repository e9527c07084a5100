export const GROUP = 'members';
export const TOPIC = 'shared';
export const PARTITIONS = 7;

/** A member of a group, of whatever protocol. */
export interface GroupMember {
  readonly failure: Error | undefined;
  /** It neither leaves nor falls silent. */
  steady: boolean;
  /** The epoch of the member, or the generation of its group; 0 while it is in none. */
  readonly epoch: number;
  readonly owned: ReadonlySet<number>;
  start(topicId: string): void;
}
