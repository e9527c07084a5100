import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import { decodeSnapshot } from '@tidelog/raft';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrokerConfig } from '../configs/broker-config.ts';
import { SeededRandom, testConfig } from '../testing/test-cluster.ts';
import { bootstrapRecords } from './bootstrap-records.ts';
import { formatDirectories } from './format-directories.ts';
import { loadDirectories } from './load-directories.ts';
import { parseMetaProperties } from './meta-properties.ts';

const disk = new NodeDisk();
const random = new SeededRandom();
let root: string;
let config: BrokerConfig;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidelog-format-'));
  config = testConfig({ 'log.dirs': `${root}/a,${root}/b` });
});

afterEach(() => rmSync(root, { recursive: true }));

function format(clusterId?: string): ReturnType<typeof formatDirectories> {
  const named = clusterId === undefined ? {} : { clusterId };
  return formatDirectories({ disk, random, now: 1_700_000_000_000, config, ...named });
}

const load = (loaded = config): ReturnType<typeof loadDirectories> =>
  loadDirectories(loaded, { disk, random });

const properties = (name: string): string =>
  readFileSync(`${root}/${name}/meta.properties`, 'utf8');

describe('formatting', () => {
  it('has the name of the first voter on disk before it says that the directory is formatted', () => {
    const calls: string[] = [];
    class Watched extends NodeDisk {
      override syncDirectory(path: string): void {
        calls.push(`sync ${path}`);
        super.syncDirectory(path);
      }
      override replaceFile(path: string, content: Buffer): void {
        calls.push(`replace ${path}`);
        super.replaceFile(path, content);
      }
    }
    formatDirectories({ disk: new Watched(), random, now: 1_700_000_000_000, config });
    const metadata = calls.findIndex((call) => call.includes('__cluster_metadata-0'));
    const formatted = calls.indexOf(`replace ${root}/a/meta.properties`);
    expect(calls.slice(metadata, formatted)).toContain(`sync ${root}/a`);
  });

  it('writes properties, bootstrap records and the first voters', () => {
    const formatted = format();
    expect(formatted).toMatchObject({ directories: [`${root}/a`, `${root}/b`] });
    expect(readdirSync(`${root}/a`).sort()).toEqual([
      '__cluster_metadata-0',
      'bootstrap.checkpoint',
      'meta.properties',
    ]);
    expect(readdirSync(`${root}/b`).sort()).toEqual(['bootstrap.checkpoint', 'meta.properties']);
    const own = parseMetaProperties(properties('a'));
    expect(own).toMatchObject({ version: 1, nodeId: 1 });
    expect(bootstrapRecords(disk, `${root}/a`).map((record) => ({ ...record }))).toContainEqual({
      type: 'FeatureLevel',
      name: 'metadata.version',
      featureLevel: 30,
    });
    const path = `${root}/a/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint`;
    const { controls, batches } = decodeSnapshot(readFileSync(path));
    expect(batches).toEqual([]);
    expect(controls.slice(1, 3)).toMatchObject([
      { type: 'kraftVersion', version: 1 },
      {
        type: 'voters',
        voters: [
          {
            id: 1,
            directoryId: typeof own === 'string' ? own : own.directoryId,
            endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
          },
        ],
      },
    ]);
  });

  it('leaves what is formatted as it is', () => {
    const first = format('AnchorAnchorAnchorAnch');
    const before = properties('a');
    expect(format()).toEqual({ clusterId: 'AnchorAnchorAnchorAnch', directories: [] });
    expect(properties('a')).toBe(before);
    expect(first).toMatchObject({ clusterId: 'AnchorAnchorAnchorAnch' });
  });

  it('formats the directories that are new', () => {
    format();
    rmSync(`${root}/b`, { recursive: true });
    expect(format()).toMatchObject({ directories: [`${root}/b`] });
  });

  it('refuses directories of another cluster', () => {
    format('AnchorAnchorAnchorAnch');
    expect(format('OtherOtherOtherOtherOt')).toEqual({
      problem:
        `Invalid cluster.id in: ${root}/a/meta.properties. ` +
        'Expected OtherOtherOtherOtherOt, but read AnchorAnchorAnchorAnch',
    });
  });

  it('names no voter where the voters are static, or the node only serves clients', () => {
    config = testConfig({
      'log.dirs': `${root}/a`,
      'controller.quorum.bootstrap.servers': '',
      'controller.quorum.voters': '1@localhost:9093',
    });
    format();
    expect(readdirSync(`${root}/a`).sort()).toEqual(['bootstrap.checkpoint', 'meta.properties']);
  });
});

describe('loading', () => {
  it('tells the ids of cluster and directories', () => {
    format('AnchorAnchorAnchorAnch');
    const loaded = load();
    expect(loaded).toMatchObject({ clusterId: 'AnchorAnchorAnchorAnch' });
    if ('problem' in loaded) throw new Error(loaded.problem);
    expect([...loaded.directoryIds.keys()]).toEqual([`${root}/a`, `${root}/b`]);
    for (const id of loaded.directoryIds.values()) expect(id).toHaveLength(22);
  });

  it('wants directories that are formatted, for this node', () => {
    expect(load()).toEqual({
      problem: `No meta.properties found in ${root}/a: it is not formatted.`,
    });
    format();
    const other = testConfig({ 'log.dirs': `${root}/a`, 'node.id': '2' });
    expect(load(other)).toMatchObject({
      problem: expect.stringMatching(/^Stored node id 1 doesn't match previous node id 2/),
    });
  });

  it('wants each directory to have an id of its own', () => {
    format();
    writeFileSync(`${root}/b/meta.properties`, properties('a'));
    expect(load()).toMatchObject({ problem: expect.stringMatching(/^Duplicate directory ID/) });
  });

  it('goes on without a directory that cannot be read, unless it holds the metadata', () => {
    format();
    writeFileSync(`${root}/b/meta.properties`, 'version=1\nnode.id=x\ncluster.id=c\n');
    const loaded = load();
    expect('failed' in loaded ? [...loaded.failed.keys()] : loaded).toEqual([`${root}/b`]);
    writeFileSync(`${root}/a/meta.properties`, 'version=7\n');
    expect(load()).toMatchObject({ problem: expect.stringMatching(/Unknown version 7/) });
  });

  it('gives an id to a directory from before directories had ids', () => {
    format('AnchorAnchorAnchorAnch');
    const old = 'version=1\nnode.id=1\ncluster.id=AnchorAnchorAnchorAnch\n';
    writeFileSync(`${root}/b/meta.properties`, old);
    const loaded = load();
    if ('problem' in loaded) throw new Error(loaded.problem);
    expect(properties('b')).toContain(`directory.id=${loaded.directoryIds.get(`${root}/b`)}`);
  });
});
