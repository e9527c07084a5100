import type { TopicsChange } from './commands.ts';

/** How far the groups of a partition have been told of the cluster's topics. */
export class TopicChanges {
  /** The version of the view when topics changed last. */
  version = -1;
  /** The version of the view when topics were created last. */
  createdVersion = -1;

  /** Hashes of topics, for as long as they do not change. */
  readonly hashes = new Map<string, bigint>();

  /** The log was loaded: changes until now were not told. */
  begin(version: number): void {
    this.version = version;
    this.createdVersion = version;
  }

  note(change: TopicsChange, version: number): void {
    this.version = version;
    for (const name of change.names) this.hashes.delete(name);
    if (change.created) this.createdVersion = version;
  }
}
