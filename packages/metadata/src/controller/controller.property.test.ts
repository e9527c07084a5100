import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MetadataImage } from '../image/metadata-image.ts';
import type { PartitionImage } from '../image/topic.ts';
import { decodeRecord, encodeRecord } from '../records/codec.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { RELEASE_METADATA_VERSION } from '../records/record-versions.ts';
import { TestCluster } from '../testing/test-cluster.ts';

/** What can happen to a cluster: each step is taken with whatever it finds. */
type Step = (cluster: TestCluster) => void;

const brokers = fc.integer({ min: 1, max: 4 });
const topics = fc.constantFrom('a', 'b', '__proto__', 'a.b', 'a_b');
const replicaLists = fc.uniqueArray(brokers, { minLength: 1, maxLength: 3 });

const epochOf = (cluster: TestCluster, id: number): number =>
  cluster.image.cluster.broker(id)?.epoch ?? -1;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(brokers, fc.boolean()).map(
    ([id, isClean]): Step =>
      (cluster) => {
        const previousBrokerEpoch = isClean ? epochOf(cluster, id) : -1;
        const { brokerEpoch = -1 } = cluster.register(id, `rack-${id % 2}`, {
          previousBrokerEpoch,
        });
        cluster.heartbeat(id, brokerEpoch);
      },
  ),
  fc.tuple(brokers, fc.boolean(), fc.boolean()).map(
    ([id, wantFence, wantShutDown]): Step =>
      (cluster) =>
        cluster.heartbeat(id, epochOf(cluster, id), { wantFence, wantShutDown }),
  ),
  fc.integer({ min: 1, max: 12_000 }).map(
    (ms): Step =>
      (cluster) =>
        cluster.advance(ms),
  ),
  fc.tuple(topics, fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })).map(
    ([name, numPartitions, replicationFactor]): Step =>
      (cluster) =>
        cluster.createTopic(name, { numPartitions, replicationFactor }),
  ),
  topics.map(
    (name): Step =>
      (cluster) => {
        const named = { name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' };
        cluster.submit('DeleteTopics', { topics: [named], topicNames: [], timeoutMs: 1 });
      },
  ),
  fc.tuple(topics, fc.constantFrom('1', '2', '3')).map(
    ([resourceName, value]): Step =>
      (cluster) => {
        const configs = [{ name: 'min.insync.replicas', configOperation: 0, value }];
        const resources = [{ resourceType: 2, resourceName, configs }];
        cluster.submit('IncrementalAlterConfigs', { resources, validateOnly: false });
      },
  ),
  fc.tuple(topics, replicaLists).map(
    ([name, isr]): Step =>
      (cluster) =>
        alterIsr(cluster, name, isr),
  ),
  fc.tuple(topics, fc.option(replicaLists)).map(
    ([name, replicas]): Step =>
      (cluster) => {
        const asked = [{ name, partitions: [{ partitionIndex: 0, replicas }] }];
        cluster.submit('AlterPartitionReassignments', { timeoutMs: 1, topics: asked });
      },
  ),
  fc.constant<Step>((cluster) => {
    cluster.submit('ElectLeaders', { electionType: 0, topicPartitions: null, timeoutMs: 1 });
  }),
  brokers.map(
    (brokerId): Step =>
      (cluster) => {
        cluster.submit('UnregisterBroker', { brokerId });
      },
  ),
  brokers.map(
    (brokerId): Step =>
      (cluster) => {
        const brokerEpoch = epochOf(cluster, brokerId);
        cluster.submit('AllocateProducerIds', { brokerId, brokerEpoch });
      },
  ),
);

function alterIsr(cluster: TestCluster, name: string, isr: readonly number[]): void {
  const topic = cluster.image.topics.byName(name);
  const partition = topic?.partitions[0];
  if (topic === undefined || partition === undefined || partition.leader < 0) return;
  const { leader, leaderEpoch, partitionEpoch } = partition;
  const newIsrWithEpochs = isr.map((brokerId) => ({ brokerId }));
  const change = { partitionIndex: 0, leaderEpoch, partitionEpoch, newIsr: [], newIsrWithEpochs };
  cluster.submit('AlterPartition', {
    brokerId: leader,
    brokerEpoch: epochOf(cluster, leader),
    topics: [{ topicId: topic.id, partitions: [{ ...change, leaderRecoveryState: 0 }] }],
  });
}

function imageOf(records: Iterable<MetadataRecord>): MetadataImage {
  const image = new MetadataImage();
  for (const record of records) image.apply(record);
  return image;
}

function throughBytes(record: MetadataRecord): MetadataRecord {
  return decodeRecord(encodeRecord(record, RELEASE_METADATA_VERSION));
}

function checkPartition(cluster: TestCluster, partition: PartitionImage): void {
  const { leader, isr, elr, replicas, directories } = partition;
  expect(new Set(replicas).size).toBe(replicas.length);
  expect(directories.length).toBe(replicas.length);
  for (const id of [...isr, ...elr]) expect(replicas).toContain(id);
  for (const id of elr) expect(isr).not.toContain(id);
  if (leader < 0) return;
  expect(isr).toContain(leader);
  // A broker may lead in its controlled shutdown: where it was fenced in it and then came back after all,
  // the controller takes it as the leader again, as Apache Kafka's does.
  expect(cluster.image.cluster.broker(leader)).toMatchObject({ fenced: false });
}

it('keeps partitions sound, and says all of it in its log and in its snapshots', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
      const cluster = new TestCluster();
      for (const take of steps) {
        take(cluster);
        for (const topic of cluster.image.topics.all()) {
          for (const partition of topic.partitions) checkPartition(cluster, partition);
        }
      }
      const live = [...cluster.image.records()];
      expect([...imageOf(cluster.log.map(throughBytes)).records()]).toEqual(live);
      expect([...imageOf(live.map(throughBytes)).records()]).toEqual(live);
    }),
    { numRuns: 50 },
  );
});
