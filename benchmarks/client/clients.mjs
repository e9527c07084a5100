/** The clients that are measured: how each is started, and on what. */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
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
 */

/**
 * Those that can be had here, ours first.
 * @param {(text: string) => void} progress told of what is left out
 * @returns {Promise<MeasuredClient[]>}
 */
export async function clientsOf(progress) {
  /** @type {MeasuredClient[]} */
  const clients = [client('@tidelog/client', 'tidelog.mjs', '', 1)];
  const foreign = [
    { name: 'kafkajs 2.2.4', program: 'kafkajs.mjs', packages: tools.node, share: 0.2 },
    {
      name: '@platformatic/kafka 1.35.0',
      program: 'platformatic.mjs',
      packages: platformatic,
      share: 0.5,
    },
  ];
  for (const { name, program, packages, share } of foreign) {
    try {
      clients.push(client(name, program, await packages(), share));
    } catch (error) {
      progress(`${name} is left out: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
    }
  }
  return clients;
}

function platformatic() {
  const files = ['package.json', 'package-lock.json'].map((file) => join(here, file));
  return cached('benchmark-clients', files, async (directory) => {
    for (const file of files) cpSync(file, join(directory, file.slice(file.lastIndexOf('/'))));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    await runOrThrow('npm', ['ci', ...quiet], { cwd: directory });
  });
}

/**
 * @param {string} name
 * @param {string} program
 * @param {string} packages
 * @param {number} share
 * @returns {MeasuredClient}
 */
function client(name, program, packages, share) {
  return {
    name,
    share,
    can: () => true,
    run: (task) =>
      outcomeOf([join(here, 'programs', program), JSON.stringify({ ...task, packages })]),
  };
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
