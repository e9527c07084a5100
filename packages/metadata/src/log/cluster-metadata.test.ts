import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@tidelog/platform';
import type { ResponseOf } from '@tidelog/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { supportedFeatures } from '../features/features.ts';
import { formatDirectories } from '../format/format-directories.ts';
import { loadDirectories } from '../format/load-directories.ts';
import type { MetadataImage } from '../image/metadata-image.ts';
import { testConfig } from '../testing/test-cluster.ts';
import { type ClusterMetadata, openClusterMetadata } from './cluster-metadata.ts';

const platform = nodePlatform();
let root: string;
let open: ClusterMetadata[];
const failures: Error[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidelog-metadata-'));
  open = [];
  failures.length = 0;
});

afterEach(async () => {
  await Promise.all(open.map((metadata) => metadata.close()));
  rmSync(root, { recursive: true });
  if (failures[0] !== undefined) throw failures[0];
});

async function start(properties: Record<string, string> = {}): Promise<ClusterMetadata> {
  const config = testConfig({ 'log.dirs': root, ...properties });
  const formatted = formatDirectories({ ...platform, now: Date.now(), config });
  if ('problem' in formatted) throw new Error(formatted.problem);
  const loaded = loadDirectories(config, platform);
  if ('problem' in loaded) throw new Error(loaded.problem);
  const metadata = await openClusterMetadata({
    platform,
    config,
    clusterId: loaded.clusterId,
    directoryId: loaded.directoryIds.get(root) ?? '',
    onFailure: (cause) => failures.push(cause),
  });
  open.push(metadata);
  await register(metadata, loaded.clusterId, [...loaded.directoryIds.values()]);
  return metadata;
}

async function register(
  metadata: ClusterMetadata,
  clusterId: string,
  logDirs: string[],
): Promise<void> {
  const { brokerEpoch = -1 } = await metadata.submit('BrokerRegistration', {
    brokerId: 1,
    clusterId,
    incarnationId: platform.random.uuid(),
    listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
    features: Array.from(supportedFeatures, ([name, { min, max }]) => ({
      name,
      minSupportedVersion: min,
      maxSupportedVersion: max,
    })),
    rack: null,
    isMigratingZkBroker: false,
    logDirs,
    previousBrokerEpoch: -1,
  });
  await metadata.submit('BrokerHeartbeat', {
    brokerId: 1,
    brokerEpoch,
    currentMetadataOffset: metadata.appliedOffset,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedLogDirs: null,
  });
}

function createTopic(metadata: ClusterMetadata, name: string): Promise<ResponseOf<'CreateTopics'>> {
  const topic = { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] };
  return metadata.submit('CreateTopics', { topics: [topic], timeoutMs: 1, validateOnly: false });
}

const names = (image: MetadataImage): string[] => Array.from(image.topics.all(), (t) => t.name);

it('finalizes the features of a new cluster', async () => {
  const { image, leaderId, kraftVersion } = await start();
  expect(leaderId).toBe(1);
  expect(kraftVersion).toBe(1);
  expect(image.features.metadataVersion).toBe(30);
  expect(image.features.isElrEnabled).toBe(true);
  expect(image.configs.of(4, '').get('min.insync.replicas')).toBe('1');
});

it('answers when what it decided is in the image, and its listeners know', async () => {
  const metadata = await start();
  const seen: string[] = [];
  const stop = metadata.onChange(({ delta }) => {
    for (const { topic, partitions } of delta.topics.values()) {
      seen.push(`${topic.name}:${[...partitions].join()}`);
    }
  });
  const [a, b] = await Promise.all([createTopic(metadata, 'a'), createTopic(metadata, 'b')]);
  expect([a.topics[0]?.errorCode, b.topics[0]?.errorCode]).toEqual([0, 0]);
  expect(names(metadata.image)).toEqual(['a', 'b']);
  expect(seen).toEqual(['a:0,1', 'b:0,1']);
  stop();
  await createTopic(metadata, 'c');
  expect(seen).toHaveLength(2);
});

it('decides the next command on what the last one will have done', async () => {
  const metadata = await start();
  const replies = await Promise.all([createTopic(metadata, 't'), createTopic(metadata, 't')]);
  expect(replies.map((reply) => reply.topics[0]?.errorCode)).toEqual([0, 36]);
});

it('finds everything again', async () => {
  const first = await start();
  await createTopic(first, 'a');
  const records = [...first.image.topics.records()];
  await first.close();
  const second = await start();
  expect(names(second.image)).toEqual(['a']);
  expect(second.image.topics.byName('a')?.id).toBe(first.image.topics.byName('a')?.id);
  expect(records).toHaveLength(3);
  expect(second.leaderEpoch).toBe(2);
});

it('refuses commands once it is closed', async () => {
  const metadata = await start();
  await metadata.close();
  const reply = await createTopic(metadata, 'late');
  expect(reply.topics[0]?.errorCode).toBe(41);
});

it('writes snapshots, and starts from them without the log before', async () => {
  const properties = {
    'metadata.log.max.record.bytes.between.snapshots': '1000',
    'metadata.max.retention.bytes': '2000',
    'metadata.log.segment.bytes': '8388608',
  };
  const first = await start(properties);
  for (let i = 0; i < 30; i++) await createTopic(first, `t${i}`);
  const live = [...first.image.records()];
  const snapshots = (): string[] =>
    readdirSync(join(root, '__cluster_metadata-0')).filter((name) => name.endsWith('.checkpoint'));
  expect(snapshots().length).toBeGreaterThan(0);
  expect(snapshots()).not.toContain('00000000000000000000-0000000000.checkpoint');
  await first.close();
  const second = await start(properties);
  const topics = (records: typeof live): typeof live => records.filter((r) => r.type === 'Topic');
  expect(topics([...second.image.records()])).toEqual(topics(live));
});

it('describes its quorum', async () => {
  const metadata = await start();
  const partitions = [{ partitionIndex: 0 }];
  const request = { topics: [{ topicName: '__cluster_metadata', partitions }] };
  const reply = await metadata.quorumRequest('DescribeQuorum', request, 2);
  expect(reply.topics[0]?.partitions[0]).toMatchObject({
    leaderId: 1,
    currentVoters: [{ replicaId: 1 }],
  });
});

it('tells why it cannot read its log', async () => {
  const metadata = await start();
  await metadata.close();
  open.length = 0;
  const path = join(root, '__cluster_metadata-0', '00000000000000000099-0000000009.checkpoint');
  writeFileSync(path, 'no snapshot at all, but long enough to be taken for a batch of records');
  await expect(start()).rejects.toThrow(/damaged snapshot/);
});
