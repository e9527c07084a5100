import { errors } from '@tidelog/protocol';
import { brokerError, KafkaClientError } from '../client-error.ts';
import type { Cluster, CoordinatorKind } from '../cluster/cluster.ts';

const keyTypes = { group: 0, transaction: 1 } as const;

/** Before version 4 one id for each request. */
const ONE_ID = 3;

/**
 * The brokers that coordinate groups or transactional ids: asked for together where the broker can
 * (Kafka 3.0), one by one otherwise. Each id has a node or its own error.
 */
export async function findCoordinators(
  cluster: Cluster,
  kind: CoordinatorKind,
  ids: readonly string[],
): Promise<Map<string, number | KafkaClientError>> {
  if (ids.length === 0) return new Map();
  const found = await findTogether(cluster, kind, ids).catch((error: unknown) => {
    const isOld = error instanceof KafkaClientError && error.code === 'UNSUPPORTED_VERSION';
    if (!isOld) throw error;
    return findOneByOne(cluster, kind, ids);
  });
  const { code } = errors.COORDINATOR_NOT_AVAILABLE;
  for (const id of ids) {
    if (!found.has(id)) found.set(id, brokerError(code, `coordinator of ${kind} ${id}`));
  }
  return found;
}

async function findTogether(
  cluster: Cluster,
  kind: CoordinatorKind,
  ids: readonly string[],
): Promise<Map<string, number | KafkaClientError>> {
  const request = { keyType: keyTypes[kind], coordinatorKeys: [...ids] };
  const { coordinators } = await cluster.sendToAny('FindCoordinator', request);
  return new Map(coordinators.map((found) => [found.key, outcome(cluster, kind, found)]));
}

async function findOneByOne(
  cluster: Cluster,
  kind: CoordinatorKind,
  ids: readonly string[],
): Promise<Map<string, number | KafkaClientError>> {
  const answers = ids.map(async (key) => {
    const request = { key, keyType: keyTypes[kind] };
    const found = await cluster.sendToAny('FindCoordinator', request, { maxVersion: ONE_ID });
    return [key, outcome(cluster, kind, { ...found, key })] as const;
  });
  return new Map(await Promise.all(answers));
}

function outcome(
  cluster: Cluster,
  kind: CoordinatorKind,
  found: {
    readonly key: string;
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
    readonly errorCode: number;
    readonly errorMessage: string | null;
  },
): number | KafkaClientError {
  if (found.errorCode !== errors.NONE.code) {
    return brokerError(found.errorCode, `coordinator of ${kind} ${found.key}`, found.errorMessage);
  }
  cluster.metadata.addBrokers([found]);
  return found.nodeId;
}
