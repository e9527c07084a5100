#!/usr/bin/env node
/**
 * How long the event loop of a broker is held by what is known to hold it: the longest turn of each, in a few rounds.
 * What else runs on the machine makes turns longer, and none shorter: the least of the rounds says most.
 *
 *   npm run build && node benchmarks/holds.mjs [rounds]
 *   TIDELOG_PROGRAM=../other/packages/cli/dist/tidelog.cjs node benchmarks/holds.mjs
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryDir } from '../conformance/lib/cache.mjs';
import { freePort } from '../conformance/lib/server.mjs';
import { untilReady } from '../conformance/lib/wire.mjs';
import { newGroup, rebalance } from './lib/classic-members.mjs';
import { connect } from './lib/client.mjs';
import { sleep } from './lib/load.mjs';
import { pinLoad } from './lib/machine.mjs';
import { createTopic, deleteTopic } from './lib/requests.mjs';
import { startServer } from './lib/servers.mjs';
import { median } from './lib/statistics.mjs';

const rounds = Number(process.argv[2] ?? 3);
const built = join(repositoryDir, 'packages', 'cli', 'dist', 'tidelog.cjs');
const program = process.env['TIDELOG_PROGRAM'] ?? built;
const probe = join(import.meta.dirname, 'programs', 'longest-turn.cjs');
/** So long after a change a snapshot of the metadata is due. */
const snapshotMs = 5000;

/** @typedef {{ port: number, data: string, longestTurn: () => Promise<number>, stop: () => Promise<void> }} Server */

/** @returns {Promise<Server>} */
async function start() {
  const data = mkdtempSync(join(tmpdir(), 'tidelog-holds-'));
  const port = await freePort(19_900, 19_949);
  const settings = [
    `metadata.log.max.snapshot.interval.ms=${snapshotMs}`,
    'tidelog.durability=relaxed',
  ];
  const where = ['--port', String(port), '--data-dir', data];
  const options = settings.flatMap((setting) => ['-X', setting]);
  const commandLine = [
    process.execPath,
    '--require',
    probe,
    program,
    'start',
    ...where,
    ...options,
  ];
  const child = startServer(commandLine, ['ignore', 'ignore', 'inherit', 'ipc']);
  await untilReady(`127.0.0.1:${port}`, { timeoutMs: 20_000 });
  const longestTurn = async () => {
    const told = once(child, 'message');
    child.send('longest turn');
    const [millis] = await told;
    return Number(millis);
  };
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
    rmSync(data, { recursive: true, force: true });
  };
  return { port, data, longestTurn, stop };
}

/** @param {Server} server */
const snapshots = ({ data }) =>
  readdirSync(join(data, '__cluster_metadata-0')).filter((name) =>
    /[1-9]\d*-\d+\.checkpoint$/.test(name),
  );

/** @param {Server} server */
async function members(server) {
  const wires = await Promise.all(Array.from({ length: 1000 }, () => connect(server.port)));
  const operator = await connect(server.port);
  const group = await newGroup(wires, { groupId: 'many', sessionTimeoutMs: 300_000, operator });
  for (let i = 0; i < 5; i++) await rebalance(group);
  return { group, close: () => [operator, ...wires].forEach((wire) => wire.close()) };
}

/**
 * One round: what it does before it is measured, and what is measured, by name.
 * @param {Server} server
 * @param {(name: string, millis: number) => void} note
 */
async function round(server, note) {
  const measure = async (
    /** @type {string} */ name,
    /** @type {() => Promise<unknown>} */ work,
  ) => {
    await server.longestTurn();
    await work();
    note(name, await server.longestTurn());
  };
  const { port } = server;
  await measure('nothing, for a second', () => sleep(1000));
  const topic = 'large';
  await measure('1,000 partitions created', () => createTopic(port, { topic, partitions: 1000 }));
  await measure('1,000 partitions deleted', async () => {
    await deleteTopic(port, topic);
    await sleep(500);
  });
  const { group, close } = await members(server);
  await measure('a rebalance of 1,000 members', () => rebalance(group));
  close();
  for (let i = 0; i < 20; i++) await createTopic(port, { topic: `many-${i}`, partitions: 500 });
  await measure('checkpoints of 10,000 partitions', () => sleep(6000));
  const before = snapshots(server).length;
  await measure('a metadata snapshot of 10,000 partitions', async () => {
    await createTopic(port, { topic: 'news', partitions: 1 });
    while (snapshots(server).length === before) await sleep(50);
  });
}

pinLoad();
/** @type {Map<string, number[]>} */
const found = new Map();
for (let i = 0; i < rounds; i++) {
  const server = await start();
  await round(server, (name, millis) => found.set(name, [...(found.get(name) ?? []), millis]));
  await server.stop();
}
for (const [name, millis] of found) {
  const [least, middle] = [Math.min(...millis), median(millis)].map((value) => value.toFixed(1));
  console.log(`${name.padEnd(42)} ${least} ms at least, ${middle} ms in the middle`);
}
