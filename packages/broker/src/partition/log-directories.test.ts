import { errors } from '@tidelog/protocol';
import { NodeDisk, type DiskFile } from '@tidelog/platform';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newDirectory, TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

/** A disk of which one directory fails, or finds no space. */
class FailingDisk extends NodeDisk {
  code: string | null = null;
  below = '';
  #check(path: string): void {
    if (this.code === null || !path.startsWith(this.below)) return;
    throw Object.assign(new Error(`${this.code}: planted`), { code: this.code });
  }

  override open(...args: Parameters<NodeDisk['open']>): DiskFile {
    const file = super.open(...args);
    const write = file.write.bind(file);
    const writev = file.writev.bind(file);
    file.write = (buffer, position) => {
      this.#check(file.path);
      write(buffer, position);
    };
    file.writev = (buffers, position) => {
      this.#check(file.path);
      writev(buffers, position);
    };
    return file;
  }

  override list(path: string): string[] {
    if (this.code === 'EIO') this.#check(path);
    return super.list(path);
  }
}

let root: string;
let node: TestNode;
let client: TestClient;
let disk: FailingDisk;
const directories = () => ['a', 'b', 'c'].map((name) => join(root, name));

async function start(): Promise<void> {
  const properties = { 'log.dirs': directories().join(','), 'metadata.log.dir': directories()[0]! };
  node = await TestNode.start(properties, { directory: root, disk });
  client = await TestClient.connect(node);
}

beforeEach(async () => {
  root = newDirectory();
  disk = new FailingDisk();
  await start();
});

afterEach(async () => {
  disk.code = null;
  await node.stop();
  rmSync(root, { recursive: true, force: true });
});

const placeOf = (topic: string): string | undefined =>
  node.broker.partitions.directories.holding(topic, 0)?.path;

async function moveTo(topic: string, path: string): Promise<number> {
  const dirs = [{ path, topics: [{ name: topic, partitions: [0] }] }];
  const { results } = await client.send('AlterReplicaLogDirs', 2, { dirs });
  return results[0]!.partitions[0]!.errorCode;
}

async function described(topic: string) {
  const topics = [{ topic, partitions: [0] }];
  const { results } = await client.send('DescribeLogDirs', 5, { topics });
  return results.flatMap(({ logDir, topics }) =>
    topics.flatMap(({ partitions }) => partitions.map((partition) => ({ logDir, ...partition }))),
  );
}

function elsewhere(topic: string): string {
  return directories().find((path) => path !== placeOf(topic))!;
}

const values = Array.from({ length: 30 }, (_, i) => `value ${i}`);

async function produceAll(topic: string, all: readonly string[]): Promise<void> {
  for (const value of all) {
    expect(await client.produce(topic, [value])).toMatchObject({ errorCode: 0 });
  }
}

describe('a move to another directory', () => {
  it('takes all records along, and the controller knows', async () => {
    await client.createTopic('t');
    await produceAll('t', values);
    const target = elsewhere('t');
    expect(await moveTo('t', target)).toBe(0);
    await vi.waitFor(() => expect(placeOf('t')).toBe(target));
    await produceAll('t', ['after']);
    expect(await client.values('t')).toEqual([...values, 'after']);
    const assigned = node.broker.metadata.image.topics.byName('t')!.partitions[0]!.directories;
    const { id } = node.broker.partitions.directories.byPath(target)!;
    expect(assigned).toEqual([id]);
    expect(await described('t')).toMatchObject([{ logDir: target, isFutureKey: false }]);
    await node.stop();
    await start();
    expect(placeOf('t')).toBe(target);
    expect(await client.values('t')).toEqual([...values, 'after']);
  });

  it('is shown while it goes on, goes on after a restart, and ends where it is cancelled', async () => {
    await client.createTopic('t');
    await produceAll('t', values);
    await client.send('IncrementalAlterConfigs', 1, {
      resources: [
        {
          resourceType: 4,
          resourceName: '1',
          configs: [
            {
              name: 'replica.alter.log.dirs.io.max.bytes.per.second',
              configOperation: 0,
              value: '1',
            },
          ],
        },
      ],
      validateOnly: false,
    });
    const [home, target] = [placeOf('t')!, elsewhere('t')];
    expect(await moveTo('t', target)).toBe(0);
    const future = { logDir: target, isFutureKey: true };
    const isMoving = async () => (await described('t')).find(({ isFutureKey }) => isFutureKey);
    await vi.waitFor(async () => expect(await isMoving()).toMatchObject(future));
    expect((await isMoving())!.offsetLag).toBeGreaterThan(0);
    await node.stop();
    await start();
    expect(await isMoving()).toMatchObject(future);
    expect(await moveTo('t', home)).toBe(0);
    expect(await isMoving()).toBeUndefined();
    expect(placeOf('t')).toBe(home);
    expect(await client.values('t')).toEqual(values);
  });

  it('ends with the topic', async () => {
    await client.createTopic('t');
    await produceAll('t', values);
    await moveTo('t', elsewhere('t'));
    await client.send('DeleteTopics', 5, { topicNames: ['t'], timeoutMs: 1000 });
    await vi.waitFor(() => expect(placeOf('t')).toBeUndefined());
    expect(await described('t')).toEqual([]);
    expect(node.faults).toEqual([]);
  });

  it('of a partition that is not there yet decides where it will be', async () => {
    const target = directories()[2]!;
    expect(await moveTo('t', target)).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    await client.createTopic('t');
    expect(placeOf('t')).toBe(target);
  });

  it('is refused where there is no such directory', async () => {
    await client.createTopic('t');
    expect(await moveTo('t', '/nowhere')).toBe(errors.LOG_DIR_NOT_FOUND.code);
    expect(await moveTo('x'.repeat(249), elsewhere('t'))).toBe(errors.INVALID_TOPIC_EXCEPTION.code);
  });
});

describe('a directory that fails', () => {
  it('takes its partitions offline, and the others go on', async () => {
    for (const name of ['t0', 't1', 't2']) await client.createTopic(name);
    const failing = directories()[1]!;
    const hit = ['t0', 't1', 't2'].find((name) => placeOf(name) === failing)!;
    const spared = ['t0', 't1', 't2'].filter((name) => name !== hit);
    await produceAll(hit, ['kept']);
    disk.below = failing;
    disk.code = 'EIO';
    const { code } = errors.KAFKA_STORAGE_ERROR;
    expect(await client.produce(hit, ['lost'])).toMatchObject({ errorCode: code });
    for (const name of spared) await produceAll(name, ['still']);
    const leader = () => node.broker.metadata.image.topics.byName(hit)!.partitions[0]!.leader;
    await vi.waitFor(() => expect(leader()).toBe(-1));
    const { results } = await client.send('DescribeLogDirs', 4, { topics: null });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, code, 0]);
    expect(await moveTo(spared[0]!, failing)).toBe(code);
    await client.send('DeleteTopics', 5, { topicNames: [spared[0]!], timeoutMs: 1000 });
    expect(node.faults).toEqual([expect.stringMatching(/is offline: .*EIO/)]);
    // It cannot be opened at the next start either, and what is in it is not created anew elsewhere.
    await node.stop();
    node.faults.length = 0;
    await start();
    expect(await client.produce(hit, ['lost'])).toMatchObject({ errorCode: code });
    expect(placeOf(hit)).toBeUndefined();
    expect(node.faults).toEqual([expect.stringMatching(/is offline: EIO/)]);
    await node.stop();
    disk.code = null;
    await start();
    expect(await client.values(hit)).toEqual(['kept']);
    await produceAll(hit, ['and on']);
  });

  it('ends the broker when it holds the metadata log', async () => {
    await client.createTopic('t');
    disk.below = directories()[0]!;
    disk.code = 'EIO';
    const lines = () => node.faults.join('\n');
    await client.createTopic('another').catch(() => {});
    await vi.waitFor(() => expect(lines()).toMatch(/EIO/));
  });
});

describe('a full disk', () => {
  it('refuses what is produced, keeps the rest alive, and recovers by itself', async () => {
    await client.createTopic('t');
    await produceAll('t', values);
    disk.below = root;
    disk.code = 'ENOSPC';
    const path = placeOf('t')!;
    disk.below = join(path, 't-0');
    const refused = await client.produce('t', ['refused']);
    expect(refused).toMatchObject({ errorCode: errors.KAFKA_STORAGE_ERROR.code });
    expect(refused.errorMessage).toMatch(/ENOSPC|space/);
    expect(await client.values('t')).toEqual(values);
    const deleted = await client.send('DeleteRecords', 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 5 }] }],
      timeoutMs: 1000,
    });
    expect(deleted.topics[0]!.partitions[0]).toMatchObject({ lowWatermark: 5, errorCode: 0 });
    await client.createTopic('another');
    disk.code = null;
    await vi.waitFor(
      async () => expect(await client.produce('t', ['again'])).toMatchObject({ errorCode: 0 }),
      { timeout: 4000, interval: 50 },
    );
    expect(node.faults).toEqual([]);
  });
});
