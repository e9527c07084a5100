/** `tidelog`, the command line that users get, against a broker. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryDir } from '../lib/cache.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

const program = join(repositoryDir, 'packages', 'cli', 'dist', 'tidelog.cjs');

/** The program at one broker. */
class CommandLine {
  /** @param {Cluster} cluster */
  constructor(cluster) {
    this.cluster = cluster;
  }

  /**
   * Runs a command to its end.
   * @param {string[]} args
   * @param {string} [input]
   * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
   */
  call(args, input = '') {
    const env = { ...process.env, TIDELOG_BOOTSTRAP_SERVERS: this.cluster.bootstrap };
    const child = spawn(process.execPath, [program, ...args], { env });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      said.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said.stderr += chunk;
    });
    child.stdin.on('error', () => {}); // it may end before it has read all
    child.stdin.end(input);
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  }

  /** What a command prints; throws what it says when it fails. @param {string[]} args @param {string} [input] */
  async run(args, input) {
    const { code, stdout, stderr } = await this.call(args, input);
    if (code !== 0) throw new Error(`tidelog ${args.join(' ')}: ${stderr || `code ${code}`}`);
    return stdout;
  }

  /** The rows of a command. @param {string[]} args @returns {Promise<any[]>} */
  async rows(...args) {
    const printed = await this.run([...args, '-o', 'jsonl']);
    return printed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }
}

/** @param {CommandLine} cli */
async function topics(cli) {
  const topic = cli.cluster.name('cli-topics');
  const copy = `${topic}-copy`;
  await cli.run(['topic', 'create', topic, '-p', '2', '-c', 'retention.ms=86400000']);
  await cli.run(['topic', 'alter', topic, '-c', 'max.message.bytes=2000000', '-p', '3']);
  await cli.run(['produce', topic, '-p', '0'], 'a\nb\nc\n');
  await cli.run(['topic', 'clone', topic, copy, '--records']);
  const [cloned] = await cli.rows('topic', 'describe', copy);
  assert.deepEqual(cloned.configs, { 'max.message.bytes': '2000000', 'retention.ms': '86400000' });
  assert.deepEqual(
    cloned.partitions.map((/** @type {any} */ partition) => partition.logEndOffset),
    [3, 0, 0],
  );
  assert.equal(await cli.run(['consume', copy, '--offset', ':end']), 'a\nb\nc\n');
  const [trimmed] = await cli.rows('topic', 'trim', copy, '--before', '+2', '--yes');
  assert.equal(trimmed.newLogStartOffset, 2);
  assert.equal(await cli.run(['consume', copy, '--offset', ':end']), 'c\n');
  await cli.run(['topic', 'delete', copy, '--yes']);
  const { code, stderr } = await cli.call(['topic', 'describe', copy]);
  assert.equal(code, 1);
  assert.match(stderr, /no such topic/);
}

/** @param {CommandLine} cli */
async function linesOfJson(cli) {
  const topic = cli.cluster.name('cli-json');
  const copy = `${topic}-copy`;
  for (const name of [topic, copy]) await cli.run(['topic', 'create', name]);
  const record = { partition: 0, timestamp: 1_700_000_000_000 };
  const bytes = { base64: Buffer.from([0xff, 0, 0x80]).toString('base64') };
  const header = (/** @type {unknown} */ value) => ({ key: 'h', value });
  const lines = [
    { ...record, key: 'k', value: 'ä\n"', headers: [header('1'), header(null)] },
    { ...record, key: bytes, value: bytes, headers: [header(bytes)] },
    { ...record, key: 'gone', value: null, headers: [] },
    { ...record, key: null, value: '', headers: [] },
  ];
  const input = lines.map((line) => JSON.stringify(line)).join('\n');
  await cli.run(['produce', topic, '-i', 'json'], input);
  const read = await cli.run(['consume', topic, '--offset', ':end', '-o', 'json']);
  await cli.run(['produce', copy, '-i', 'json'], read);
  const again = await cli.run(['consume', copy, '--offset', ':end', '-o', 'json']);
  assert.equal(again.replaceAll(copy, topic), read);
  const plain = read
    .trim()
    .split('\n')
    .map((line) => {
      const { topic: _, offset: __, ...rest } = JSON.parse(line);
      return rest;
    });
  assert.deepEqual(plain, lines);
}

/** @param {CommandLine} cli */
async function offsets(cli) {
  const topic = cli.cluster.name('cli-offsets');
  await cli.run(['topic', 'create', topic]);
  const times = [1_600_000_000_000, 1_650_000_000_000, 1_700_000_000_000];
  const input = times.map((timestamp, value) => JSON.stringify({ value: `${value}`, timestamp }));
  await cli.run(['produce', topic, '-i', 'json', '-z', 'gzip'], input.join('\n'));
  const consume = (/** @type {string} */ where) =>
    cli.run(['consume', topic, '--offset', where, '-f', '%o:%v ']);
  assert.equal(await consume('start:end'), '0:0 1:1 2:2 ');
  assert.equal(await consume('-1:end'), '2:2 ');
  assert.equal(await consume('1:2'), '1:1 ');
  assert.equal(await consume('@2021-01-01:2023-01-01'), '1:1 ');
  assert.equal(await consume('@1650000000001:now'), '2:2 ');
  assert.match((await cli.call(['consume', topic, '--offset', '9'])).stderr, /ends at offset 3/);
}

/** @param {CommandLine} cli */
async function groups(cli) {
  const topic = cli.cluster.name('cli-groups');
  await cli.run(['topic', 'create', topic]);
  await cli.run(['produce', topic], 'a\nb\nc\n');
  const consume = ['consume', topic, '-g', topic, '--from-beginning', '-n'];
  assert.equal(await cli.run([...consume, '2']), 'a\nb\n');
  assert.equal(await cli.run([...consume, '1']), 'c\n');
  const place = { group: topic, topic, partition: 0 };
  const [row] = await cli.rows('group', 'describe', topic);
  assert.deepEqual(
    { ...row },
    {
      ...place,
      currentOffset: 3,
      logEndOffset: 3,
      lag: 0,
      consumerId: null,
      host: null,
      clientId: null,
    },
  );
  await cli.run(['group', 'seek', topic, '--to', 'start', '--dry-run']);
  await cli.run(['group', 'seek', topic, '--shift', '-2', '--yes']);
  assert.equal(await cli.run([...consume, '1']), 'b\n');
  const other = cli.cluster.name('cli-groups-other');
  await cli.run(['topic', 'create', other]);
  await cli.run(['produce', other], 'd\n');
  await cli.run(['consume', other, '-g', topic, '--from-beginning', '-n', '1']);
  await cli.run(['group', 'delete-offsets', topic, '--topic', topic, '--yes']);
  const left = await cli.rows('group', 'describe', topic);
  assert.deepEqual(
    left.map((/** @type {any} */ row) => row.topic),
    [other],
  );
  await cli.run(['group', 'seek', topic, '--to', '1', '--topic', topic, '--yes']);
  await cli.run(['group', 'delete', topic, '--yes']);
  assert.match((await cli.call(['group', 'describe', topic])).stderr, /there is no group/);
}

/** @param {CommandLine} cli */
async function shareGroups(cli) {
  const topic = cli.cluster.name('cli-share');
  await cli.run(['topic', 'create', topic]);
  await cli.run(['produce', topic], 'a\nb\n');
  await cli.run(['share', 'seek', topic, '--to', '+1', '--topic', topic, '--yes']);
  const listed = await cli.rows('share', 'list');
  assert.ok(listed.some(({ group }) => group === topic));
  const [row] = await cli.rows('share', 'describe', topic);
  assert.equal(row.startOffset, 1);
  const consume = ['share', 'consume', topic, '-g', topic, '-n', '1'];
  assert.equal(await cli.run([...consume, '-a', 'release']), 'b\n');
  assert.equal(await cli.run([...consume, '-f', '%o %v']), '1 b');
  await cli.run(['share', 'delete-offsets', topic, '--topic', topic, '--yes']);
  await cli.run(['share', 'delete', topic, '--yes']);
}

/** @param {CommandLine} cli */
async function transactions(cli) {
  const topic = cli.cluster.name('cli-txn');
  await cli.run(['topic', 'create', topic]);
  await cli.run(['produce', topic, '-X', `transactional.id=${topic}`], 'a\nb\n');
  // The marker behind them takes an offset and is no message.
  assert.equal(await cli.run(['consume', topic, '--offset', ':end']), 'a\nb\n');
  const [row] = await cli.rows('txn', 'describe', topic);
  assert.match(row.state, /^(PrepareCommit|CompleteCommit)$/);
  const listed = await cli.rows('txn', 'list');
  assert.ok(listed.some(({ transactionalId }) => transactionalId === topic));
  assert.deepEqual(await cli.rows('txn', 'find-hanging', '--topic', topic), []);
  await cli.run(['txn', 'abort', topic, '--yes']);
}

/** @param {CommandLine} cli */
async function cluster(cli) {
  const [described] = await cli.rows('cluster', 'describe');
  const [{ brokerId }] = described.brokers;
  const broker = ['--broker', String(brokerId)];
  const get = async () => {
    const [row] = await cli.rows('cluster', 'config', 'get', 'log.retention.ms', ...broker);
    return [row.value, row.source];
  };
  const before = await get();
  await cli.run(['cluster', 'config', 'set', 'log.retention.ms=123456789', ...broker]);
  assert.deepEqual(await get(), ['123456789', 'broker']);
  await cli.run(['cluster', 'config', 'set', '--unset', 'log.retention.ms', ...broker]);
  assert.deepEqual(await get(), before);
}

/** @param {CommandLine} cli */
async function insides(cli) {
  const features = await cli.rows('cluster', 'features');
  assert.ok(features.some(({ feature }) => feature === 'metadata.version'));
  const quorum = await cli.rows('cluster', 'quorum');
  assert.equal(quorum.filter(({ status }) => status === 'Leader').length, 1);
  const [directory] = await cli.rows('cluster', 'log-dirs');
  assert.ok(directory.usableBytes > 0);
}

/** @param {CommandLine} cli */
async function doctor(cli) {
  const topic = cli.cluster.name('cli-doctor');
  const config = 'unclean.leader.election.enable=true';
  await cli.run(['topic', 'create', topic, '-c', config]);
  const found = await cli.rows('doctor', '--watch', '1ms');
  assert.ok(found.every(({ severity }) => severity !== 'error'));
  const unclean = found.find(({ finding }) => /not in sync may become leader/.test(finding));
  assert.match(unclean.subject, new RegExp(topic));
  const nobody = await cli.call(['doctor', '-b', '127.0.0.1:1', '-o', 'json']);
  assert.equal(nobody.code, 1);
  assert.equal(JSON.parse(nobody.stdout)[0].area, 'connection');
}

/** @param {CommandLine} cli */
async function bench(cli) {
  const rows = await cli.rows(
    'bench',
    '-n',
    '2000',
    '--seconds',
    '5',
    '--rate',
    '100',
    '-z',
    'lz4',
  );
  const [produce, consume, latency] = rows;
  assert.deepEqual([produce.test, produce.records], ['produce', 2000]);
  assert.deepEqual([consume.test, consume.records], ['consume', 2000]);
  // As many as it gets done in its five seconds; all 500 where nothing else is to be done.
  assert.equal(latency.test, 'latency');
  assert.ok(latency.records > 0 && latency.records <= 500, `${latency.records} records`);
}

/** @param {Checks} checks @param {Cluster} target */
export async function commandLineChecks(checks, target) {
  const cli = new CommandLine(target);
  const all = {
    'topics are created, altered, cloned, trimmed and deleted': topics,
    'lines of JSON come back as they were': linesOfJson,
    'offsets and times say where to begin and to stop': offsets,
    'groups are described, moved and deleted': groups,
    'share groups are begun, read, described and deleted': shareGroups,
    'transactions are sent, described and aborted': transactions,
    'the cluster is described, and its configs changed': cluster,
    'features, the quorum and the space of disks are shown': insides,
    'the doctor finds what is wrong, and no more': doctor,
    'a benchmark ends by itself': bench,
  };
  for (const [name, check] of Object.entries(all)) {
    await checks.check(`cli: ${name}`, () => check(cli));
  }
}
