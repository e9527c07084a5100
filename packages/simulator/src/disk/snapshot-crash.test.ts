import { defaultProperties } from '@tidelog/broker';
import {
  BrokerConfig,
  type ClusterMetadata,
  formatDirectories,
  loadDirectories,
  type MetadataImage,
  openClusterMetadata,
  staticLayers,
  supportedFeatures,
} from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import { describe, expect, it } from 'vitest';
import { ignoreCrash } from '../world/failures.ts';
import type { SimulatedPlatform } from '../world/machine.ts';
import { World } from '../world/world.ts';

const properties = new Map([
  ...defaultProperties({ port: 9092, dataDirectory: '/data' }),
  ['metadata.log.max.record.bytes.between.snapshots', '20000'],
  ['metadata.max.retention.bytes', '1000'],
]);
const loaded = BrokerConfig.load(staticLayers(properties));
if ('problems' in loaded) throw new Error(loaded.problems.join());
const { config } = loaded;
/** So many that a snapshot of them takes several turns. */
const MANY = 2000;
const PAUSE_MS = 50;
/** Of these sizes are the topics that the story creates, in this order. */
const topics = new Map([
  ['many', MANY],
  ['late', 3],
]);

/** On which there is time for changes between two pieces of a snapshot. */
function unhurried(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (delayMs, fire) => clock.setTimer(delayMs === 0 ? PAUSE_MS : delayMs, fire),
  };
}

async function open(world: World, platform: SimulatedPlatform): Promise<ClusterMetadata> {
  const { disk, random } = platform;
  disk.makeDirectory('/data');
  disk.syncDirectory('/');
  expect(formatDirectories({ disk, random, now: 1, config })).not.toHaveProperty('problem');
  const found = loadDirectories(config, platform);
  if ('problem' in found) throw new Error(found.problem);
  const { clusterId, directoryIds } = found;
  const directoryId = directoryIds.get('/data')!;
  const onFailure = (error: Error): void => {
    if (!disk.crashed) throw error;
  };
  const opening = openClusterMetadata({
    platform: { ...platform, clock: unhurried(platform.clock) },
    config,
    clusterId,
    directoryId,
    onFailure,
  });
  const metadata = await world.settle(opening);
  await world.settle(register(metadata, { clusterId, directoryId }));
  return metadata;
}

async function register(
  metadata: ClusterMetadata,
  { clusterId, directoryId }: { clusterId: string; directoryId: string },
): Promise<void> {
  const features = Array.from(supportedFeatures, ([name, { min, max }]) => {
    return { name, minSupportedVersion: min, maxSupportedVersion: max };
  });
  const { brokerEpoch = -1 } = await metadata.submit('BrokerRegistration', {
    brokerId: 1,
    clusterId,
    incarnationId: directoryId,
    listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
    features,
    rack: null,
    isMigratingZkBroker: false,
    logDirs: [directoryId],
    previousBrokerEpoch: -1,
  });
  const beat = { brokerId: 1, brokerEpoch, currentMetadataOffset: metadata.appliedOffset };
  const wants = { wantFence: false, wantShutDown: false };
  await metadata.submit('BrokerHeartbeat', {
    ...beat,
    ...wants,
    offlineLogDirs: [],
    cordonedLogDirs: null,
  });
}

/** Changes what is in a snapshot while it is written; `note` hears what is promised. */
async function change(metadata: ClusterMetadata, note: (what: string) => void): Promise<void> {
  const create = async (name: string): Promise<void> => {
    const topic = { name, numPartitions: topics.get(name)!, replicationFactor: 1 };
    const request = { topics: [{ ...topic, assignments: [], configs: [] }], timeoutMs: 1 };
    const reply = await metadata.submit('CreateTopics', { ...request, validateOnly: false });
    if (reply.topics[0]?.errorCode === 0) note(`created ${name}`);
  };
  await create('many');
  const topicId = metadata.image.topics.byName('many')?.id ?? '';
  const removal = { topics: [{ name: null, topicId }], topicNames: [], timeoutMs: 1 };
  const removed = metadata.submit('DeleteTopics', removal).then((reply) => {
    if (reply.responses[0]?.errorCode === 0) note('deleted many');
  });
  await Promise.all([removed, create('late')]);
}

function checkpoints(platform: SimulatedPlatform): string[] {
  const names = platform.disk.list('/data/__cluster_metadata-0');
  return names.filter((name) => name.endsWith('.checkpoint'));
}

/** Until the snapshot is there, and what it stands for is gone; or until a crash. */
async function play(
  world: World,
  platform: SimulatedPlatform,
  crashAt: number,
): Promise<{ done: Set<string>; from: number; to: number }> {
  const { disk } = platform;
  const done = new Set<string>();
  const metadata = await open(world, platform);
  const from = disk.operationCount;
  disk.crashAtOperation(from + crashAt, { silent: true });
  const note = (what: string): void => void (disk.crashed || done.add(what));
  change(metadata, note).catch(ignoreCrash);
  const isWhole = () => done.size === 3 && !checkpoints(platform)[0]!.startsWith('0'.repeat(20));
  await world.runUntil(() => disk.crashed || isWhole());
  await world.runFor(100);
  return { done, from, to: disk.operationCount };
}

/** What is wrong with it: a part of a topic, or not what was promised. */
function problems(image: MetadataImage, done: ReadonlySet<string>): string[] {
  const sizes = new Map(Array.from(image.topics.all(), (t) => [t.name, t.partitions.length]));
  const parts = [...sizes].filter(([name, size]) => topics.get(name) !== size);
  const found = parts.map(([name, size]) => `${name} has ${size} partitions`);
  if (done.has('deleted many') && sizes.has('many')) found.push('many is back');
  if (done.has('created late') && !sizes.has('late')) found.push('late is gone');
  return found;
}

describe('a snapshot of the metadata that a crash cuts off', async () => {
  const world = new World(1);
  const platform = world.machine('a').boot();
  const { from, to } = await play(world, platform, Infinity);

  it('is of one moment, whatever happens while it is written', async () => {
    expect(checkpoints(platform)).toHaveLength(1);
    world.machine('a').kill();
    const again = await open(world, world.machine('a').boot());
    expect(Array.from(again.image.topics.all(), ({ name }) => name)).toEqual(['late']);
  });

  it.each(Array.from({ length: to - from }, (_, i) => i + 1))(
    'at operation %i forgets nothing',
    async (operation) => {
      for (let seed = 1; seed <= 3; seed++) {
        const world = new World(seed);
        const machine = world.machine('a');
        const { done } = await play(world, machine.boot(), operation);
        if (machine.running) machine.crash();
        const { image } = await open(world, machine.boot());
        expect(problems(image, done)).toEqual([]);
      }
    },
  );
});
