import { randomBytes } from 'node:crypto';
import type { Client, ProducerMessage, ProducerOptions } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import type { ClientSettings } from '../connection/client-properties.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { resolveRanges } from '../offsets/resolve-ranges.ts';
import { readRanges } from '../records/read-ranges.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';
import { progressBar } from '../terminal/progress.ts';
import { measured, type Measured } from './measure.ts';

export interface BenchSettings extends ConnectionSettings, OutputSettings {
  readonly only?: Measured['test'];
  readonly records: number;
  readonly size: number;
  readonly seconds: number;
  readonly partitions: number;
  readonly replicas?: number;
  readonly rate: number;
  readonly acks?: 'all' | '1' | '0';
  readonly compression?: NonNullable<ProducerOptions['compression']>;
}

/** How many records are handed to the producer at once. */
const CHUNK = 500;

/**
 * Produces to a topic of its own, reads it, and sends single records to and fro; each until so many
 * records, or seconds. The topic is deleted at the end, Ctrl-C included.
 */
export async function bench(call: Call<BenchSettings>): Promise<void> {
  const { settings } = call;
  const topic = `tidelog-bench-${randomBytes(6).toString('hex')}`;
  const rows = await withClient(call, async (client, options) => {
    const admin = client.admin();
    const { partitions, replicas: replicationFactor } = settings;
    await admin.createTopics([{ topic, partitions, replicationFactor }]);
    const load = { client, call, options, topic };
    const { only } = settings;
    try {
      const found: Measured[] = [];
      // What is consumed has to be produced first, and counts only where it was asked for.
      if (only !== 'latency') {
        const produced = await benchProduce(load);
        if (only !== 'consume') found.push(produced);
      }
      if (only === undefined || only === 'consume') found.push(await benchConsume(load));
      if (only === undefined || only === 'latency') found.push(await benchLatency(load));
      return found;
    } finally {
      await admin.deleteTopics([topic]);
    }
  });
  await writeRows(call, rows, [
    ['TEST', (row) => row.test],
    ['RECORDS', (row) => row.records],
    ['SECONDS', (row) => `${row.seconds} s`],
    ['RATE', (row) => `${row.recordsPerSecond} records/s`],
    ['THROUGHPUT', (row) => `${row.megabytesPerSecond} MB/s`],
    ['P50', (row) => milliseconds(row.p50Ms)],
    ['P99', (row) => milliseconds(row.p99Ms)],
    ['MAX', (row) => milliseconds(row.maxMs)],
  ]);
}

function milliseconds(value: number | null): string | null {
  return value === null ? null : `${value} ms`;
}

interface Load {
  readonly client: Client;
  readonly call: Call<BenchSettings>;
  readonly options: ClientSettings;
  readonly topic: string;
}

function producerOf({ client, call, options }: Load, own: ProducerOptions = {}) {
  const { acks, compression } = call.settings;
  return client.producer({
    ...own,
    ...options.producer,
    ...(acks !== undefined && { acks: acks === 'all' ? 'all' : acks === '1' ? 1 : 0 }),
    ...(compression !== undefined && { compression }),
  });
}

/** As much as goes: chunk after chunk, with a bound on what is under way. */
async function benchProduce(load: Load): Promise<Measured> {
  const { call, topic } = load;
  const { settings, terminal } = call;
  const producer = producerOf(load);
  const message: ProducerMessage = { topic, value: randomBytes(settings.size) };
  const progress = progressBar(terminal, 'Producing', settings.records);
  const pending = new Set<Promise<unknown>>();
  const latenciesMs: number[] = [];
  const start = performance.now();
  const isOver = timeIsOver(load, start);
  let records = 0;
  while (records < settings.records && !isOver()) {
    const count = Math.min(CHUNK, settings.records - records);
    const sentAt = performance.now();
    const sending = producer
      .sendAll(Array.from({ length: count }, () => message))
      .then(() => latenciesMs.push(performance.now() - sentAt));
    pending.add(sending);
    void sending.finally(() => pending.delete(sending)).catch(() => {});
    records += count;
    progress.moveTo(records);
    if (pending.size >= 8) await Promise.race(pending);
  }
  await Promise.all(pending);
  const elapsedMs = performance.now() - start;
  progress.end();
  await producer.close();
  return measured('produce', { records, bytes: records * settings.size, elapsedMs, latenciesMs });
}

async function benchConsume(load: Load): Promise<Measured> {
  const { client, call, options, topic } = load;
  const { settings, terminal } = call;
  const admin = client.admin();
  const [described] = await admin.describeTopics([topic]);
  const whole = { from: { kind: 'start' }, until: { kind: 'end' } } as const;
  const ranges = await resolveRanges(admin, described!.partitions, whole);
  const progress = progressBar(terminal, 'Consuming', settings.records);
  const start = performance.now();
  const isOver = timeIsOver(load, start);
  let records = 0;
  let elapsedMs = 0;
  const { consumer } = options;
  for await (const messages of readRanges(client, ranges, {
    signal: terminal.stopped(),
    consumer,
  })) {
    records += messages.length;
    elapsedMs = performance.now() - start;
    progress.moveTo(records);
    if (isOver()) break;
  }
  progress.end();
  const bytes = records * settings.size;
  return measured('consume', { records, bytes, elapsedMs, latenciesMs: [] });
}

/** From `send` until a consumer has the record, one at a time at an even rate. */
async function benchLatency(load: Load): Promise<Measured> {
  const { client, call, options, topic } = load;
  const { settings, terminal } = call;
  const admin = client.admin();
  const [described] = await admin.describeTopics([topic]);
  const fromNow = { from: { kind: 'end' }, until: null } as const;
  const ranges = await resolveRanges(admin, described!.partitions.slice(0, 1), fromNow);
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, terminal.stopped()]);
  const producer = producerOf(load, { lingerMs: 0 });
  const value = randomBytes(settings.size);
  const sentAt: number[] = [];
  const latenciesMs: number[] = [];
  const total = Math.min(settings.records, settings.rate * settings.seconds);
  const reading = (async () => {
    for await (const messages of readRanges(client, ranges, {
      signal,
      consumer: options.consumer,
    })) {
      for (const _ of messages) latenciesMs.push(performance.now() - sentAt[latenciesMs.length]!);
      if (latenciesMs.length >= total) return;
    }
  })();
  const start = performance.now();
  const isOver = timeIsOver(load, start, 2);
  for (let count = 0; count < total && !isOver(); count++) {
    const due = start + (count * 1000) / settings.rate;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    sentAt.push(performance.now());
    await producer.send({ topic, partition: 0, value });
  }
  const deadline = setTimeout(() => done.abort(), 1000);
  await reading;
  clearTimeout(deadline);
  done.abort();
  const elapsedMs = performance.now() - start;
  await producer.close();
  const records = latenciesMs.length;
  const bytes = records * settings.size;
  return measured('latency', { records, bytes, elapsedMs, latenciesMs });
}

/** Also when Ctrl-C is pressed: what was measured until then is shown. */
function timeIsOver({ call }: Load, start: number, times = 1): () => boolean {
  const limitMs = call.settings.seconds * 1000 * times;
  const stopped = call.terminal.stopped();
  return () => stopped.aborted || performance.now() - start >= limitMs;
}
