import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodePlatform } from '@tidelog/platform';
import { expect, it } from 'vitest';
import { loadDirectories } from '../format/load-directories.ts';
import { RESOURCE } from '../image/configs-image.ts';
import { testConfig } from '../testing/test-cluster.ts';
import { openClusterMetadata } from './cluster-metadata.ts';

const golden = fileURLToPath(new URL('../../golden/kafka-4.3.1', import.meta.url));

it('takes over a directory that Apache Kafka has written', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tidelog-kafka-'));
  cpSync(golden, root, { recursive: true });
  const platform = nodePlatform();
  const config = testConfig({ 'log.dirs': root });
  const loaded = loadDirectories(config, platform);
  if ('problem' in loaded) throw new Error(loaded.problem);
  const { clusterId } = loaded;
  const directoryId = loaded.directoryIds.get(root) ?? '';
  const onFailure = (cause: Error): never => {
    throw cause;
  };
  const metadata = await openClusterMetadata({
    platform,
    config,
    clusterId,
    directoryId,
    onFailure,
  });
  const { image } = metadata;
  expect(clusterId).toBe('AnchorAnchorAnchorAnch');
  expect(metadata).toMatchObject({ leaderId: 1, leaderEpoch: 2, kraftVersion: 1 });
  expect(Object.fromEntries(image.features.levels)).toEqual({
    'metadata.version': 30,
    'eligible.leader.replicas.version': 1,
    'group.version': 1,
    'share.version': 1,
    'streams.version': 1,
    'transaction.version': 2,
  });
  expect(
    Array.from(image.topics.all(), ({ name, partitions }) => [name, partitions.length]),
  ).toEqual([['orders', 3]]);
  expect(image.topics.partition('orders', 2)).toMatchObject({
    replicas: [1],
    directories: [directoryId],
    isr: [],
    elr: [1],
    leader: -1,
  });
  expect(image.cluster.broker(1)).toMatchObject({ fenced: true, directories: [directoryId] });
  expect(image.cluster.controllers.get(1)?.listeners.get('CONTROLLER')?.port).toBe(19193);
  expect([...image.configs.of(RESOURCE.TOPIC, 'orders')]).toEqual([['retention.ms', '100000']]);
  expect([...image.configs.of(RESOURCE.GROUP, 'g1')]).toEqual([
    ['consumer.session.timeout.ms', '46000'],
  ]);
  expect(image.configs.of(RESOURCE.CLIENT_METRICS, 'cm1').get('interval.ms')).toBe('10000');
  const alice = new Map([
    ['user', 'alice'],
    ['client-id', null],
  ]);
  expect(image.clientQuotas.of(alice)?.get('producer_byte_rate')).toBe(1024);
  expect(image.scram.of(1).get('alice')?.iterations).toBe(4096);
  expect([...image.acls.byId.values()]).toMatchObject([
    { resourceName: 'orders', principal: 'User:bob', operation: 3, permissionType: 3 },
  ]);
  await metadata.close();
  rmSync(root, { recursive: true });
});
