import { errors, type KafkaError } from '@tidelog/protocol';
import type { GroupContract } from '../group/any-group.ts';
import type { GroupEvent } from '../group/events.ts';

/** A group of the consumer protocol (KIP-848), which the log tells of. */
export class ConsumerGroup implements GroupContract {
  readonly type = 'consumer';
  readonly protocolType = 'consumer';
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
