import type { Cluster } from '../cluster/cluster.ts';
import { aclOperationsOf } from './acls.ts';
import { AdminCalls } from './admin-calls.ts';
import { clientQuotaOperations } from './client-quotas.ts';
import { clusterOperations } from './cluster-description.ts';
import { configOperations } from './configs.ts';
import { delegationTokenOperations } from './delegation-tokens.ts';
import { featureOperations } from './features.ts';
import { groupOperations } from './groups/groups.ts';
import { logDirOperations } from './log-dirs.ts';
import { partitionMoveOperations } from './partition-moves.ts';
import { producerOperations } from './producers.ts';
import { quorumOperations } from './quorum.ts';
import { recordOperations } from './records.ts';
import { scramUserOperations } from './scram-users.ts';
import { topicOperations } from './topics.ts';
import { transactionOperations } from './transactions.ts';

/** Each theme has a file of its own. */
function operations(calls: AdminCalls) {
  return {
    ...topicOperations(calls),
    ...recordOperations(calls),
    ...configOperations(calls),
    ...groupOperations(calls),
    ...transactionOperations(calls),
    ...producerOperations(calls),
    ...clusterOperations(calls),
    ...quorumOperations(calls),
    ...featureOperations(calls),
    ...logDirOperations(calls),
    ...partitionMoveOperations(calls),
    ...aclOperationsOf(calls),
    ...scramUserOperations(calls),
    ...clientQuotaOperations(calls),
    ...delegationTokenOperations(calls),
  };
}

/**
 * Looks at a cluster and changes it: all that Java's `Admin` of Kafka 4.3 can do. Each call is tried
 * again until it succeeds, fails for good, or its time is over (`timeoutMs`, `apiTimeoutMs` of the
 * client). A call about many things asks each broker once for all that it knows of, and asks again only
 * for what failed; it throws what went wrong, or tells `onFailure` and resolves to the rest.
 *
 * @example
 * await using admin = client.admin();
 * await admin.createTopics([{ topic: 'orders', partitions: 6 }]);
 * const groups = await admin.describeGroups(['billing', 'mail'], {
 *   onFailure: (error, groupId) => console.error(groupId, error.code),
 * });
 */
export type Admin = ReturnType<typeof operations> & {
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export function createAdmin(cluster: Cluster, onClose: () => void): Admin {
  const calls = new AdminCalls(cluster);
  const close = (): Promise<void> => {
    calls.isClosed = true;
    onClose();
    return Promise.resolve();
  };
  return { ...operations(calls), close, [Symbol.asyncDispose]: close };
}
