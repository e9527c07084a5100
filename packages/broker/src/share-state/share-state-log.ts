import type { ShareStateLog } from '@tidelog/coordinator';
import { isFailure } from '@tidelog/log';
import { errors } from '@tidelog/protocol';
import { coordinatorLog } from '../partition/coordinator-log.ts';
import type { Partition } from '../partition/partition.ts';

/** A partition of `__share_group_state` for its coordinator, in the leader epoch of now. */
export function shareStateLog(partition: Partition, writeTimeoutMs: number): ShareStateLog {
  const epoch = partition.leaderEpoch;
  return {
    ...coordinatorLog(partition, writeTimeoutMs),
    // A crash may bring back what was deleted: it stands before the state, and changes nothing.
    deleteRecordsBelow(offset) {
      if (partition.leaderEpoch !== epoch) return errors.NOT_LEADER_OR_FOLLOWER;
      const result = partition.deleteRecords(offset);
      return typeof result === 'object' && isFailure(result) ? result.error : null;
    },
  };
}
