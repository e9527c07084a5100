import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskFile, NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDirectory, TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';
import { StartupError } from '../startup-error.ts';

/** A disk on which nothing can be written any more. */
class FailingDisk extends NodeDisk {
  readonly #code: string;

  constructor(code: string) {
    super();
    this.#code = code;
  }

  override open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    if (mode === 'read') return super.open(path, mode);
    throw Object.assign(new Error(`${this.#code}: write`), { code: this.#code, path });
  }
}

/** A disk on which it takes time until the records of a topic are durable. */
class SlowDisk extends NodeDisk {
  override open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const file = super.open(path, mode);
    if (!path.includes('/visible-0/')) return file;
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await sync();
    };
    return file;
  }
}

describe('a start', () => {
  let directory: string;

  beforeEach(() => {
    directory = newDirectory();
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['ENOSPC', 'no space left'],
    ['EROFS', 'read-only'],
    ['EACCES', 'may not write'],
    ['EIO', 'the disk fails'],
  ])('says in one sentence that %s is in its way', async (code, reason) => {
    const started = TestNode.start({}, { directory, disk: new FailingDisk(code) });
    const problem = await started.then(null, (error: unknown) => error);
    expect(problem).toBeInstanceOf(StartupError);
    expect((problem as Error).message).toContain(reason);
    expect((problem as Error).message).not.toContain('\n');
    const later = await TestNode.start({}, { directory });
    await later.stop();
  });

  it.each([
    [
      'with a quorum elsewhere',
      { 'process.roles': 'broker', listeners: 'PLAINTEXT://127.0.0.1:0' },
    ],
    ['with other voters', { 'controller.quorum.voters': '1@127.0.0.1:1,2@127.0.0.1:2' }],
  ])('does not wait for ever %s', async (_name, properties) => {
    const started = TestNode.start(properties, { directory });
    await expect(started).rejects.toThrow('nodes cannot reach each other yet');
    await expect(started).rejects.toBeInstanceOf(StartupError);
  });

  it('leaves what is not its own alone', async () => {
    writeFileSync(join(directory, 'thesis.txt'), '');
    await expect(TestNode.start({}, { directory })).rejects.toThrow('thesis.txt');
    expect(existsSync(join(directory, 'meta.properties'))).toBe(false);
  });

  it.each(['bootstrap.checkpoint.tmp', 'meta.properties.tmp'])(
    'formats anew what was cut off while it wrote %s',
    async (name) => {
      writeFileSync(join(directory, name), 'torn');
      const node = await TestNode.start({}, { directory });
      expect(existsSync(join(directory, 'meta.properties'))).toBe(true);
      await node.stop();
    },
  );

  it('waits for nobody who holds the directory', async () => {
    const first = await TestNode.start({}, { directory });
    await expect(TestNode.start({}, { directory })).rejects.toThrow(StartupError);
    await first.stop();
  });

  it('shows at once all that was shown before the process was killed', async () => {
    const first = await TestNode.start({}, { directory });
    const client = await TestClient.connect(first);
    await client.createTopic('visible');
    await client.produce('visible', ['a', 'b']);
    const left = newDirectory();
    cpSync(directory, left, { recursive: true });
    const properties = { 'tidelog.durability': 'fsync' };
    const second = await TestNode.start(properties, { directory: left, disk: new SlowDisk() });
    const { highWatermark } = await (await TestClient.connect(second)).fetch('visible');
    expect(highWatermark).toBe(2);
    await first.stop();
    await second.dispose();
  });

  it('tells what recovery had to cut off', async () => {
    const first = await TestNode.start({}, { directory });
    const client = await TestClient.connect(first);
    await client.createTopic('torn');
    await client.produce('torn', ['a', 'b']);
    const left = newDirectory();
    cpSync(directory, left, { recursive: true });
    appendFileSync(join(left, 'torn-0', '00000000000000000000.log'), Buffer.alloc(100, 1));
    const second = await TestNode.start({}, { directory: left });
    expect(second.warnings.join()).toContain('torn-0: cut 100 bytes from offset 2 on');
    expect(await (await TestClient.connect(second)).values('torn')).toEqual(['a', 'b']);
    await first.stop();
    await second.dispose();
  });

  it('sets logs aside that the metadata does not know', async () => {
    const first = await TestNode.start({}, { directory });
    await (await TestClient.connect(first)).createTopic('known');
    await first.stop();
    mkdirSync(join(directory, 'stray-0'));
    const second = await TestNode.start({}, { directory });
    expect(second.warnings.join()).toContain('stray-0');
    expect(await (await TestClient.connect(second)).values('known')).toEqual([]);
    expect(second.faults).toEqual([]);
    await second.stop();
  });
});
