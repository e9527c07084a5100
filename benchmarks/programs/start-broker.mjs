/**
 * A process that has its code loaded, starts a test broker again and again, and says how long each took to
 * its first answer and to stop. Then one stays until it is told to end by a line on stdin, and tells its
 * memory before and at that time. Prints one JSON value a line; the broker's options are the argument.
 */
import { createInterface } from 'node:readline';
import { startBroker } from '@tidelog/testing';
import { untilReady } from '../../conformance/lib/wire.mjs';

const options = JSON.parse(process.argv[2] ?? '{}');
const starts = 6; // the first loads the code, and is left out

/** @param {unknown} value */
const say = (value) => console.log(JSON.stringify(value));

async function once() {
  const begin = performance.now();
  const broker = await startBroker(options);
  await untilReady(broker.bootstrapServers, { timeoutMs: 10_000 });
  const startMs = performance.now() - begin;
  const stopped = performance.now();
  await broker.stop();
  return { startMs, stopMs: performance.now() - stopped };
}

const timings = [];
for (let i = 0; i < starts; i++) timings.push(await once());
say(timings.slice(1));

const broker = await startBroker(options);
await untilReady(broker.bootstrapServers, { timeoutMs: 10_000 });
say({ port: broker.port, resident: process.memoryUsage().rss });
for await (const _line of createInterface({ input: process.stdin })) break;
say({ resident: process.memoryUsage().rss });
await broker.stop();
process.exit(0);
