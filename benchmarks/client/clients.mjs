/** The clients that are measured: how each is started, and on what. */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../../conformance/lib/cache.mjs';
import { runOrThrow } from '../../conformance/lib/process.mjs';
import { tools } from '../../conformance/lib/tools.mjs';
import { onLoadCore } from '../lib/machine.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const timeoutMs = 180_000;

/**
 * @typedef {object} Outcome
 * @property {number} [records]
 * @property {number} [seconds]
 * @property {number} [cpuSeconds] of the client's process
 * @property {number} [p50] ms
 * @property {number} [p99] ms
 * @property {number} peakMB
 *
 * @typedef {object} MeasuredClient
 * @property {string} name
 * @property {number} share of the records: a slow client is measured on fewer
 * @property {(shape: import('./shapes.mjs').Shape) => boolean} can
 * @property {(task: any) => Promise<Outcome>} run
 *
 * @typedef {object} Foreign
 * @property {string} name
 * @property {string} program
 * @property {() => Promise<string>} packages where what the program needs is installed
 * @property {number} share
 * @property {MeasuredClient['can']} [can]
 */

/** @type {Foreign[]} */
const foreign = [
  { name: 'kafkajs 2.2.4', program: 'kafkajs.mjs', packages: tools.node, share: 0.2 },
  {
    name: '@platformatic/kafka 1.35.0',
    program: 'platformatic.mjs',
    packages: () => installed('benchmark-clients', here),
    share: 0.5,
  },
  {
    name: '@confluentinc/kafka-javascript 1.10.1',
    program: 'confluent.mjs',
    packages: () => installed('benchmark-confluent', join(here, 'confluent')),
    share: 0.3,
  },
  {
    name: "Java's 4.3.1",
    program: 'java.mjs',
    packages: async () => (await tools.java()).classPath,
    share: 1,
    // Its tools know no other way to send, and tell latencies in whole milliseconds.
    can: ({ task }) => !task.singly,
  },
];

/**
 * Those that can be had here, ours first, and why the others cannot.
 * @returns {Promise<{ clients: MeasuredClient[], absent: string[] }>}
 */
export async function clientsOf() {
  const clients = [client({ name: '@tidelog/client', program: 'tidelog.mjs', share: 1 }, '')];
  /** @type {string[]} */
  const absent = [];
  for (const each of foreign) {
    try {
      clients.push(client(each, await each.packages()));
    } catch (error) {
      const [why = ''] = /** @type {Error} */ (error).message.split('\n');
      absent.push(`${each.name} is not installed here: ${why}`);
    }
  }
  return { clients, absent };
}

/** @param {string} name @param {string} source where its package.json is */
function installed(name, source) {
  const files = ['package.json', 'package-lock.json'].map((file) => join(source, file));
  return cached(name, files, async (directory) => {
    for (const file of files) cpSync(file, join(directory, basename(file)));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    // Where librdkafka cannot be fetched as a binary it is built, on the libraries of this machine.
    const env = { CKJS_LINKING: 'dynamic' };
    await runOrThrow('npm', ['ci', ...quiet], { cwd: directory, env });
  });
}

/** @param {Omit<Foreign, 'packages'>} client @param {string} packages @returns {MeasuredClient} */
function client({ name, program, share, can = () => true }, packages) {
  const run = (/** @type {any} */ task) =>
    outcomeOf([join(here, 'programs', program), JSON.stringify({ ...task, packages })]);
  return { name, share, can, run };
}

/** @param {string[]} args @returns {Promise<Outcome>} */
function outcomeOf(args) {
  const [command = '', ...rest] = [...onLoadCore, process.execPath, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  let [said, failed] = ['', ''];
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (failed += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const line = said
        .trim()
        .split('\n')
        .findLast((text) => text.startsWith('{'));
      if (code === 0 && line !== undefined) resolve(JSON.parse(line));
      else reject(new Error(`${args[0]} ended with ${code}: ${failed.trim().slice(-1000)}`));
    });
  });
}
