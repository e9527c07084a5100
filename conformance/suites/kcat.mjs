/** kcat: a whole client of librdkafka on the command line. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exited, run, runOrThrow, track } from '../lib/process.mjs';
import { tools } from '../lib/tools.mjs';
import { createTopic } from '../lib/wire.mjs';

/** @typedef {import('../run.mjs').Context} Context */

const timeoutMs = 60_000;
const quick = ['-X', 'fetch.wait.max.ms=100', '-X', 'heartbeat.interval.ms=200'];

/** kcat against one broker. */
class Kcat {
  /** @param {string} program @param {Context} context */
  constructor(program, context) {
    this.program = program;
    this.context = context;
    this.broker = ['-b', context.bootstrap, ...quick];
  }

  /** @param {string} name */
  name(name) {
    return `${this.context.prefix}-kcat-${name}`;
  }

  /**
   * Produces lines of `key:value`. The topic comes into being by it.
   * @param {string} topic @param {string} lines @param {string[]} [options]
   */
  produce(topic, lines, options = []) {
    const args = [...this.broker, '-P', '-t', topic, '-K', ':', ...options];
    return runOrThrow(this.program, args, { input: lines, timeoutMs });
  }

  /**
   * Consumes to the end of the topic and gives each record as the format says.
   * @param {string} topic @param {string} format @param {string[]} [options]
   */
  async consume(topic, format, options = []) {
    const args = [...this.broker, '-C', '-t', topic, '-e', '-q', '-o', 'beginning', '-f', format];
    const { stdout } = await runOrThrow(this.program, [...args, ...options], { timeoutMs });
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** A group member that runs until it is stopped. @param {string} group @param {string} topic */
  member(group, topic) {
    const args = [...this.broker, '-X', 'auto.offset.reset=earliest', '-u', '-f', '%s\n'];
    const child = spawn(this.program, [...args, '-G', group, topic], { stdio: 'pipe' });
    track(child);
    const member = { child, values: /** @type {string[]} */ ([]), partitions: 0 };
    createInterface({ input: child.stdout }).on('line', (line) => member.values.push(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (/rebalanced.*assigned/.test(line))
        member.partitions = line.match(/\[\d+\]/g)?.length ?? 0;
      if (/rebalanced.*revoked/.test(line)) member.partitions = 0;
    });
    return member;
  }
}

/** @param {() => boolean} condition @param {string} what */
async function until(condition, what) {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 30 s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @param {number} first @param {number} count */
const numbered = (first, count) =>
  Array.from({ length: count }, (_, i) => `key-${(first + i) % 100}:value-${first + i}\n`).join('');

/** @param {Kcat} kcat @param {string} codec */
async function compression(kcat, codec) {
  const topic = kcat.name(`codec-${codec}`);
  await kcat.produce(topic, numbered(0, 2000), ['-z', codec]);
  const read = await kcat.consume(topic, '%k:%s\n');
  assert.equal(`${read.join('\n')}\n`, numbered(0, 2000));
}

/** @param {Kcat} kcat */
async function headers(kcat) {
  const topic = kcat.name('headers');
  await kcat.produce(topic, 'k:v\n', ['-H', 'a=1', '-H', 'a=2', '-H', 'empty=']);
  assert.deepEqual(await kcat.consume(topic, '%h|%k|%s|%p|%o\n'), ['a=1,a=2,empty=|k|v|0|0']);
}

/** @param {Kcat} kcat */
async function nulls(kcat) {
  const topic = kcat.name('nulls');
  await kcat.produce(topic, ':\nk:\n:v\n', ['-Z']);
  assert.deepEqual(await kcat.consume(topic, '%K|%S\n', ['-Z']), ['-1|-1', '1|-1', '-1|1']);
}

/** @param {Kcat} kcat */
async function largeRecord(kcat) {
  const topic = kcat.name('large');
  const file = join(kcat.context.workDir, 'large-record');
  const value = 'abcdefghij'.repeat(100_000);
  writeFileSync(file, value);
  const send = (/** @type {string[]} */ ...options) =>
    run(kcat.program, [...kcat.broker, '-P', '-t', topic, ...options, file], { timeoutMs });
  assert.equal((await send('-X', 'message.max.bytes=4000000')).code, 0);
  assert.equal((await kcat.consume(topic, '%s'))[0], value);
  writeFileSync(file, value + value);
  const refused = await send('-X', 'message.max.bytes=4000000');
  assert.match(refused.stderr, /Message size too large/);
  rmSync(file);
}

/** @param {Kcat} kcat */
async function manyRecords(kcat) {
  const topic = kcat.name('many');
  const lines = numbered(0, 100_000);
  await kcat.produce(topic, lines);
  const read = await kcat.consume(topic, '%k:%s\n');
  assert.ok(`${read.join('\n')}\n` === lines, `${read.length} records, in their order`);
}

/** @param {Kcat} kcat */
async function idempotent(kcat) {
  const topic = kcat.name('idempotent');
  await kcat.produce(topic, numbered(0, 5000), [
    '-X',
    'enable.idempotence=true',
    '-X',
    'batch.size=1000',
  ]);
  assert.equal(`${(await kcat.consume(topic, '%k:%s\n')).join('\n')}\n`, numbered(0, 5000));
}

/** @param {Kcat} kcat */
async function groupOfTwo(kcat) {
  const topic = kcat.name('two');
  await createTopic(kcat.context.bootstrap, topic, 4); // kcat itself cannot
  const [first, second] = [kcat.member(topic, topic), kcat.member(topic, topic)];
  try {
    await until(() => first.partitions === 2 && second.partitions === 2, 'both have 2 partitions');
    await kcat.produce(topic, numbered(0, 1000));
    const all = () => [...first.values, ...second.values];
    await until(() => all().length >= 1000, 'all is consumed');
    assert.equal(new Set(all()).size, 1000);
    assert.equal(all().length, 1000);
    assert.ok(first.values.length > 0 && second.values.length > 0);
  } finally {
    for (const member of [first, second]) member.child.kill('SIGINT');
    await Promise.all([first, second].map((member) => exited(member.child, 20_000)));
  }
  await kcat.produce(topic, numbered(1000, 50));
  const third = kcat.member(topic, topic);
  try {
    await until(() => third.values.length >= 50, 'the rest is consumed after a commit');
    assert.ok(
      third.values.every((value) => Number(value.slice(6)) >= 1000),
      'only what is new',
    );
  } finally {
    third.child.kill('SIGINT');
    await exited(third.child, 20_000);
  }
}

/** @param {Kcat} kcat */
async function metadata(kcat) {
  const topic = kcat.name('metadata');
  await kcat.produce(topic, numbered(0, 1));
  const { stdout } = await runOrThrow(kcat.program, [...kcat.broker, '-L', '-J', '-t', topic]);
  const found = JSON.parse(stdout);
  assert.equal(found.brokers[0].name, kcat.context.bootstrap);
  const replicas = [{ id: 1 }];
  assert.deepEqual(found.topics[0].partitions, [
    { partition: 0, leader: 1, replicas, isrs: replicas },
  ]);
  const none = await run(kcat.program, [...kcat.broker, '-C', '-t', kcat.name('none'), '-e']);
  assert.match(none.stderr, /Unknown topic or partition|unknown topic/i);
}

/** @param {Kcat} kcat */
async function offsets(kcat) {
  const topic = kcat.name('offsets');
  const before = Date.now();
  await kcat.produce(topic, numbered(0, 10));
  const query = async (/** @type {string | number} */ time) => {
    const args = [...kcat.broker, '-Q', '-t', `${topic}:0:${time}`];
    return /offset (-?\d+)/.exec((await runOrThrow(kcat.program, args)).stdout)?.[1];
  };
  assert.equal(await query(-2), '0');
  assert.equal(await query(-1), '10');
  assert.equal(await query(before), '0');
  assert.deepEqual(await kcat.consume(topic, '%o\n', ['-o', '7']), ['7', '8', '9']);
  assert.deepEqual(await kcat.consume(topic, '%o\n', ['-o', '-2']), ['8', '9']);
}

/** @type {import('../run.mjs').Suite} */
export const kcat = {
  name: 'kcat',
  client: 'kcat (librdkafka)',
  needs: 'running',
  async run(context) {
    const program = await tools.kcat();
    const { stdout, stderr } = await run(program, ['-V']);
    const version = /Version (\S+) .*librdkafka (\S+)/.exec(stdout + stderr);
    context.report.versions.set('kcat', `${version?.[1]} (librdkafka ${version?.[2]})`);
    const kcat = new Kcat(program, context);
    const check = async (/** @type {string} */ name, /** @type {() => Promise<void>} */ body) => {
      if (name.includes(context.match)) await context.report.check('kcat', name, body);
    };
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      await check(`compression ${codec}`, () => compression(kcat, codec));
    }
    await check('headers', () => headers(kcat));
    await check('null keys and values', () => nulls(kcat));
    await check('1 MB record and one beyond', () => largeRecord(kcat));
    await check('100,000 records', () => manyRecords(kcat));
    await check('idempotent producer', () => idempotent(kcat));
    await check('group of two, commit and resume', () => groupOfTwo(kcat));
    await check('metadata and unknown topic', () => metadata(kcat));
    await check('list offsets', () => offsets(kcat));
  },
};
