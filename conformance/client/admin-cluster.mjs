/** What our admin can do with brokers, the quorum, leaders and transactions. */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';
import { fails } from './cluster.mjs';

/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {import('./admin-groups.mjs').Check} check */
export async function adminClusterChecks(check) {
  await check('log directories', logDirs);
  await check('the space of log directories', space);
  await check('cluster', describeCluster);
  await check('brokers that are fenced, and controllers', otherNodes);
  await check('features', features);
  await check('features are changed', featureChanges);
  await check('quorum', quorum);
  await check('leaders and reassignments', moves);
  await check('producers and transactions', transactions);
}

/** @param {Cluster} cluster */
async function logDirs(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-log-dirs', 2);
  const partitions = [{ topic, partition: 1 }];
  await until('its log is there', async () => {
    const [{ dirs }] = await admin.describeLogDirs([1], { partitions });
    return dirs[0].replicas.length === 1;
  });
  const [broker] = await admin.describeLogDirs([1], { partitions });
  const [dir] = broker.dirs;
  assert.deepEqual([broker.brokerId, dir.error, dir.isCordoned], [1, null, false]);
  assert.deepEqual(dir.replicas, [
    { topic, partition: 1, sizeBytes: 0, offsetLag: 0, isFuture: false },
  ]);
  const place = { topic, partition: 0, brokerId: 1 };
  await until('the other log is there', async () => {
    const [{ current }] = await admin.describeReplicaLogDirs([place]);
    return current !== null;
  });
  const [found, none] = await admin.describeReplicaLogDirs([place, { ...place, partition: 5 }]);
  assert.deepEqual(found, { ...place, current: { path: dir.path, offsetLag: 0 }, future: null });
  assert.equal(none.current, null);
  await admin.alterReplicaLogDirs([{ ...place, path: dir.path }]);
  const nowhere = { ...place, path: '/no/such/directory' };
  await fails(() => admin.alterReplicaLogDirs([nowhere]), 'LOG_DIR_NOT_FOUND');
}

/** @param {Cluster} cluster */
async function space({ admin }) {
  const [{ dirs }] = await admin.describeLogDirs([1]);
  assert.ok(dirs.every(({ totalBytes, usableBytes }) => totalBytes >= usableBytes));
  assert.ok(dirs.every(({ usableBytes }) => usableBytes > 0));
}

/** @param {Cluster} cluster */
async function describeCluster({ admin }) {
  const { clusterId, controllerId, brokers, authorizedOperations } = await admin.describeCluster({
    includeAuthorizedOperations: true,
  });
  assert.equal(clusterId.length, 22);
  assert.equal(controllerId, 1);
  assert.deepEqual([brokers.length, brokers[0].id, brokers[0].isFenced], [1, 1, false]);
  assert.ok(authorizedOperations.includes('alter-configs'));
}

/** @param {Cluster} cluster */
async function otherNodes({ admin }) {
  const { brokers } = await admin.describeCluster({ includeFencedBrokers: true });
  assert.deepEqual([brokers.length, brokers[0].isFenced], [1, false]);
  const controllers = () => admin.describeCluster({ endpointType: 'controller' });
  await fails(controllers, 'MISMATCHED_ENDPOINT_TYPE');
  await fails(() => admin.unregisterBroker(77), 'BROKER_ID_NOT_REGISTERED');
  // A broker without a plug-in for the metrics of clients does not offer them.
  await fails(() => admin.clientInstanceId(), 'UNSUPPORTED_VERSION');
}

/** @param {Cluster} cluster */
async function features({ admin }) {
  const { finalized, supported, finalizedEpoch } = await admin.describeFeatures({ nodeId: 1 });
  assert.ok(finalizedEpoch > 0);
  const { maxVersion } = finalized.get('metadata.version');
  assert.ok(supported.get('metadata.version').maxVersion >= maxVersion);
}

/** @param {Cluster} cluster */
async function featureChanges({ admin }) {
  const { finalized } = await admin.describeFeatures({ nodeId: 1 });
  const { maxVersion } = finalized.get('metadata.version');
  const update = (/** @type {any} */ change) =>
    admin.updateFeatures(new Map([['metadata.version', change]]), { validateOnly: true });
  await fails(() => update({ maxVersionLevel: 500 }), 'INVALID_UPDATE_VERSION');
  await fails(() => update({ maxVersionLevel: maxVersion - 1 }), 'INVALID_UPDATE_VERSION');
  const share = finalized.get('share.version').maxVersion;
  const same = new Map([['share.version', { maxVersionLevel: share }]]);
  await admin.updateFeatures(same, { validateOnly: true });
}

/** @param {Cluster} cluster */
async function quorum({ admin }) {
  const found = await admin.describeMetadataQuorum();
  assert.deepEqual([found.leaderId, found.voters.length], [1, 1]);
  assert.equal(found.voters[0].replicaId, 1);
  assert.ok(found.leaderEpoch > 0 && found.highWatermark > 0);
  assert.ok(found.voters[0].logEndOffset >= found.highWatermark);
  const voter = { voterId: 9, directoryId: 'AAAAAAAAAAAAAAAAAAAAIg' };
  const endpoints = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9 }];
  const clusterId = 'another-cluster';
  await fails(
    () => admin.addRaftVoter({ ...voter, endpoints }, { clusterId }),
    'INCONSISTENT_CLUSTER_ID',
  );
  await fails(() => admin.removeRaftVoter(voter, { clusterId }), 'INCONSISTENT_CLUSTER_ID');
}

/** @param {Cluster} cluster */
async function moves(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-moves', 2);
  const place = { topic, partition: 0 };
  assert.deepEqual(await admin.electLeaders('preferred', [place]), [{ ...place, elected: false }]);
  assert.ok(Array.isArray(await admin.electLeaders('preferred', null)));
  const none = { topic, partition: 9 };
  await fails(
    () => admin.electLeaders('unclean', [none], { timeoutMs: 500 }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  );
  await admin.alterPartitionReassignments([{ ...place, replicas: [1] }]);
  assert.deepEqual(await admin.listPartitionReassignments({ partitions: [place] }), []);
  assert.deepEqual(await admin.listPartitionReassignments(), []);
  const stop = () => admin.alterPartitionReassignments([{ ...place, replicas: null }]);
  await fails(stop, 'NO_REASSIGNMENT_IN_PROGRESS');
  const away = () => admin.alterPartitionReassignments([{ ...place, replicas: [5] }]);
  await fails(away, 'INVALID_REPLICA_ASSIGNMENT');
}

/** @param {Cluster} cluster */
async function transactions(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-transactions');
  const producer = cluster.client.producer();
  await producer.send({ topic, value: 'v' });
  await producer.close();
  const [{ producers }] = await admin.describeProducers([{ topic, partition: 0 }], { brokerId: 1 });
  assert.deepEqual([producers.length, producers[0].lastSequence], [1, 0]);
  assert.equal(producers[0].currentTransactionStartOffset, null);
  const ids = [cluster.name('admin-tx-1'), cluster.name('admin-tx-2')];
  const fenced = await admin.fenceProducers(ids);
  assert.deepEqual(
    fenced.map(({ transactionalId, producerEpoch }) => [transactionalId, producerEpoch]),
    ids.map((id) => [id, 0]),
  );
  await admin.forceTerminateTransaction(ids[0]);
  const [first, second] = await admin.describeTransactions(ids);
  assert.deepEqual([first.state, first.producerEpoch, second.producerEpoch], ['Empty', 1, 0]);
  assert.deepEqual([first.coordinator, first.startTimeMs, first.partitions], [1, null, []]);
  const listed = await admin.listTransactions({ states: ['Empty'] });
  assert.ok(ids.every((id) => listed.some(({ transactionalId }) => transactionalId === id)));
  const ongoing = await admin.listTransactions({ states: ['Ongoing'], minDurationMs: 60_000 });
  assert.deepEqual(ongoing, []);
  const [only] = await admin.listTransactions({ transactionalIdPattern: ids[1] });
  assert.equal(only.transactionalId, ids[1]);
  const unknown = () => admin.describeTransactions([cluster.name('none')]);
  await fails(unknown, 'TRANSACTIONAL_ID_NOT_FOUND');
  const { producerId, producerEpoch } = producers[0];
  const hanging = { topic, partition: 0, producerId, producerEpoch, coordinatorEpoch: 0 };
  await admin.abortTransaction(hanging);
  const nowhere = { ...hanging, partition: 9 };
  await fails(() => admin.abortTransaction(nowhere), 'UNKNOWN_TOPIC_OR_PARTITION');
}
