import type { TopicsChange } from './commands.ts';

/** How far the groups of a partition have been told of the cluster's topics. */
export class TopicChanges {
  /** The version of the view when topics changed last. */
  version = -1;
  /** The version of the view when topics were created last. */
  createdVersion = -1;

  note(change: TopicsChange, version: number): void {
    this.version = version;
    if (change.created) this.createdVersion = version;
  }
}
