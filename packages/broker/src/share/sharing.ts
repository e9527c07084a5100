import type { GroupSettings } from '@tidelog/coordinator';
import type { Clock } from '@tidelog/platform';
import { SharedPartitions } from './shared-partitions.ts';
import type { ShareStateStore } from './shared-partition.ts';
import { ShareSessions } from './share-sessions.ts';

export interface SharingOptions {
  readonly store: ShareStateStore;
  readonly clock: Clock;
  /** `group.share.max.share.sessions` */
  readonly maxSessions: number;
  readonly settings: (groupId: string) => GroupSettings;
}

/** What this broker does for members of share groups: their sessions, and the partitions they share. */
export class Sharing {
  readonly partitions: SharedPartitions;
  readonly sessions: ShareSessions;
  readonly #settings: SharingOptions['settings'];

  constructor({ store, clock, maxSessions, settings }: SharingOptions) {
    this.#settings = settings;
    const settingsOf = (groupId: string) => settings(groupId).share;
    this.partitions = new SharedPartitions({ store, clock, settingsOf });
    this.sessions = new ShareSessions({
      maxSessions,
      onEnd: ({ groupId, memberId, partitions }) => {
        for (const { topicId, index } of partitions) {
          void this.partitions.find(groupId, topicId, index)?.release(memberId);
        }
      },
      onGroupEmpty: (groupId) => this.partitions.dropGroup(groupId),
    });
  }

  settingsOf(groupId: string): GroupSettings['share'] {
    return this.#settings(groupId).share;
  }
}
