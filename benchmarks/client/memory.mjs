#!/usr/bin/env node
/**
 * Whether the client's memory stays flat: it produces and consumes for so many seconds against a broker
 * in a process of its own, and prints its memory ten times on the way.
 *
 *   npm run build && node benchmarks/client/memory.mjs 600
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createClient } from '@tidelog/client';
import { repositoryDir } from '../../conformance/lib/cache.mjs';
import { freePort } from '../../conformance/lib/server.mjs';
import { untilReady } from '../../conformance/lib/wire.mjs';

const seconds = Number(process.argv[2] ?? 600);
const perTurn = 500;
const turnMs = 25;

const port = await freePort(19850, 19899);
const program = join(repositoryDir, 'packages', 'cli', 'dist', 'tidelog.cjs');
// Old segments go, so that the disk stays flat too.
const settings = ['-X', 'log.retention.bytes=100000000', '-X', 'log.segment.bytes=20000000'];
const args = [program, 'dev', '--port', String(port), ...settings];
const broker = spawn(process.execPath, args, { stdio: 'ignore' });
const bootstrapServers = `127.0.0.1:${port}`;
await untilReady(bootstrapServers, { timeoutMs: 10_000 });

const client = createClient({ bootstrapServers });
const producer = client.producer({ compression: 'lz4' });
const consumer = client.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' });
consumer.subscribe('stream');
let sent = 0;
let read = 0;
const stop = new AbortController();
const reading = consumer.run({ onMessage: () => void read++, signal: stop.signal });
const value = Buffer.alloc(100, 'v');

/** @param {number} durationMs */
const sleep = (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs));
const begin = performance.now();
for (let sample = 1; sample <= 10; sample++) {
  while (performance.now() - begin < (seconds * 1000 * sample) / 10) {
    const messages = Array.from({ length: perTurn }, (_, i) => ({
      topic: 'stream',
      key: `key-${(sent + i) % 1000}`,
      value,
    }));
    sent += (await producer.sendAll(messages)).length;
    await sleep(turnMs);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const [resident, heap, outside] = [rss, heapUsed, external].map((n) => (n / 1e6).toFixed(1));
  const passed = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(
    `${passed} s: ${resident} MB resident, ${heap} heap, ${outside} external; ${sent} sent, ${read} read`,
  );
}
stop.abort();
await reading;
await client.close();
broker.kill('SIGINT');
