import { errors, type KafkaError } from '@tidelog/protocol';
import type { GroupContract } from '../group/any-group.ts';
import type { GroupEvent } from '../group/events.ts';

/** A group of the share protocol (KIP-932), which the log tells of. */
export class ShareGroup implements GroupContract {
  readonly type = 'share';
  readonly protocolType = 'share';
  readonly state = 'Empty';
  readonly isEmpty = false;
  readonly canExpire = false;
  readonly groupId: string;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  isSubscribedTo(): boolean {
    return false;
  }

  checkCommit(): KafkaError {
    return errors.GROUP_ID_NOT_FOUND;
  }

  checkFetch(): KafkaError | null {
    return null;
  }

  checkOffsetDelete(): KafkaError {
    return errors.GROUP_ID_NOT_FOUND;
  }

  expiryBase(): null {
    return null;
  }

  tombstones(): GroupEvent[] {
    return [];
  }

  alarms(): [] {
    return [];
  }
}
