/**
 * Java's clients, by the performance tools that come with them. Starting a virtual machine and warming it up is not
 * counted: a run with the warm-up's records alone is taken off one with all of them.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformanceDir } from '../../../conformance/lib/cache.mjs';
import { cpuSeconds, peakResidentMB } from '../../lib/machine.mjs';
import { messages, warmUpShare } from './workload.mjs';

/** As Kafka's own scripts start these tools. */
const machine = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'];
const pollMs = 10;

const task = /** @type {import('./workload.mjs').Task} */ (JSON.parse(process.argv[2] ?? '{}'));
const directory = mkdtempSync(join(tmpdir(), 'tidelog-bench-java-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const payloads = join(directory, 'payloads');
writeFileSync(
  payloads,
  messages(task)
    .map(({ value }) => value.toString())
    .join('\n'),
);

/** @param {number} records @returns {string[]} */
function tool(records) {
  const common = ['--bootstrap-server', task.bootstrap, '--topic', task.topic];
  const count = ['--num-records', String(records)];
  if (task.what === 'consume') return ['ConsumerPerformance', ...common, ...count];
  const properties = ['--command-property', 'acks=all', `compression.type=${task.codec}`];
  const how = ['--payload-file', payloads, '--throughput', '-1'];
  return ['ProducerPerformance', ...common, ...count, ...how, ...properties];
}

/** What the tool says of the time that it took, without its start and without finding its group. @param {string} said */
function secondsOf(said) {
  const sent = [...said.matchAll(/^(\d+) records sent, ([\d.]+) records\/sec/gm)].at(-1);
  if (sent !== undefined) return Number(sent[1]) / Number(sent[2]);
  const [heads = [], values = []] = said
    .trim()
    .split('\n')
    .slice(-2)
    .map((line) => line.split(', '));
  return Number(values[heads.indexOf('fetch.time.ms')]) / 1000;
}

/** @param {number} records @returns {Promise<{ seconds: number, cpuSeconds: number, peakMB: number }>} */
function run(records) {
  const [name, ...rest] = tool(records);
  const log = `-Dlog4j2.configurationFile=${join(conformanceDir, 'java', 'log4j2.xml')}`;
  const args = [...machine, log, '-cp', task.packages, `org.apache.kafka.tools.${name}`, ...rest];
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, failed] = ['', ''];
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (failed += chunk));
  const used = { cpuSeconds: 0, peakMB: 0 };
  const look = () => {
    const pid = /** @type {number} */ (child.pid);
    const now = { cpuSeconds: cpuSeconds(pid), peakMB: peakResidentMB(pid) };
    if (!Number.isNaN(now.cpuSeconds + now.peakMB)) Object.assign(used, now); // else it is gone
  };
  const timer = setInterval(look, pollMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ ...used, seconds: secondsOf(said) });
      else reject(new Error(`${name} ended with ${code}: ${failed.slice(-1000)}`));
    });
  });
}

const warmUp = Math.ceil(task.records * warmUpShare);
const short = await run(warmUp);
const whole = await run(task.what === 'consume' ? task.records : warmUp + task.records);
console.log(
  JSON.stringify({
    records: task.what === 'consume' ? task.records - warmUp : task.records,
    seconds: whole.seconds - short.seconds,
    cpuSeconds: whole.cpuSeconds - short.cpuSeconds,
    peakMB: whole.peakMB,
  }),
);
