/** Producers and consumers of the same partitions at the same time. */
import { RawConnection } from './connection.mjs';
import { Histogram } from './histogram.mjs';
import { sleep } from './load.mjs';
import { paced } from './paced.mjs';
import { fetchedBytes, fetchFrame, produceErrorAt, produceFrame } from './requests.mjs';

/**
 * @typedef {object} FollowOptions
 * @property {Pick<import('./brokers.mjs').Broker, 'port' | 'cpuSeconds'>} broker
 * @property {string} topic
 * @property {number} partitions
 * @property {{ bytes: Buffer, records: number }} batch
 * @property {number} producers connections; a partition always has the same one
 * @property {number} consumers of each partition, with a connection each
 * @property {number} [perSecond] produce requests; without it each producer keeps five in flight
 * @property {number} warmUpMs
 * @property {number} durationMs
 */

/**
 * @typedef {object} FollowResult
 * @property {number} produced requests
 * @property {number} delivered batches
 * @property {number} seconds
 * @property {number} cpuSeconds of the server
 * @property {Histogram} acknowledged from the time to send to the produce response
 * @property {Histogram} received from the time to send to a consumer
 */

const inFlight = 5;
const maxBytes = 1.5e9;
const catchUpMs = 10_000;

class Flow {
  produced = 0;
  delivered = 0;
  acknowledged = new Histogram();
  received = new Histogram();
  /** What was due earlier is no part of the measurement, whenever it arrives. */
  since = 0;
  stopping = false;
  /** @type {(error: Error) => void} */
  lost = () => {};

  /** @param {FollowOptions} options */
  constructor(options) {
    this.options = options;
    /** When each batch of each partition was due. @type {number[][]} */
    this.dueAt = Array.from({ length: options.partitions }, () => []);
    this.failed = new Promise((_resolve, reject) => (this.lost = reject));
    this.failed.catch(() => {}); // awaited where it matters
  }

  reset() {
    this.acknowledged.clear();
    this.received.clear();
    const cpu = this.options.broker.cpuSeconds();
    this.since = performance.now();
    return { produced: this.produced, delivered: this.delivered, at: this.since, cpu };
  }

  /** @param {Histogram} latencies @param {number} dueAt @param {number} now */
  record(latencies, dueAt, now) {
    if (dueAt >= this.since) latencies.record(now - dueAt);
  }

  /** @param {number} partition @param {number} index */
  consume(partition, index) {
    const { topic, batch, broker } = this.options;
    const fetch = fetchFrame({ topic, partition, maxBytes: 1 << 20, maxWaitMs: 500 });
    let next = index;
    const ask = () => {
      fetch.frame.writeBigInt64BE(BigInt(next * batch.records), fetch.offsetAt);
      connection.send(fetch.frame);
    };
    const connection = new RawConnection(broker.port, {
      reply: (head) => {
        const now = performance.now();
        const end = next + Math.floor(fetchedBytes(head, topic) / batch.bytes.length);
        this.delivered += end - next;
        for (; next < end; next++) {
          this.record(this.received, this.dueAt[partition]?.[next] ?? now, now);
        }
        ask();
      },
      turn() {},
      lost: this.lost,
    });
    ask();
    return connection;
  }

  /** @param {number[]} partitions its own */
  produce(partitions) {
    const { topic, batch, broker, perSecond } = this.options;
    const frames = partitions.map((partition) =>
      produceFrame({ topic, partition, acks: 1, batch: batch.bytes }),
    );
    const errorAt = produceErrorAt(topic);
    /** @type {number[]} */
    const waiting = [];
    let next = 0;
    const send = (/** @type {number} */ dueAt) => {
      const at = next++ % partitions.length;
      this.dueAt[partitions[at] ?? 0]?.push(dueAt);
      waiting.push(dueAt);
      connection.send(/** @type {Buffer} */ (frames[at]));
    };
    const connection = new RawConnection(broker.port, {
      reply: (head) => {
        const error = head.readInt16BE(errorAt);
        if (error !== 0) throw new Error(`Produce answers error ${error}`);
        const now = performance.now();
        this.record(this.acknowledged, waiting.shift() ?? now, now);
        this.produced++;
        if (perSecond === undefined && !this.stopping) send(now);
      },
      turn() {},
      lost: this.lost,
    });
    if (perSecond === undefined) for (let i = 0; i < inFlight; i++) send(performance.now());
    return { connection, send };
  }
}

/**
 * @param {FollowOptions} options on a topic that is new
 * @returns {Promise<FollowResult>}
 */
export async function follow(options) {
  const flow = new Flow(options);
  const consumers = flow.dueAt.flatMap((_, partition) =>
    Array.from({ length: options.consumers }, () => flow.consume(partition, 0)),
  );
  const count = Math.min(options.producers, options.partitions);
  const producers = Array.from({ length: count }, (_, i) => {
    const own = flow.dueAt.map((_, partition) => partition).filter((p) => p % count === i);
    return flow.produce(own);
  });
  try {
    const run = settled(flow, producers).then(() => measure(flow, producers));
    return /** @type {FollowResult} */ (await Promise.race([run, flow.failed]));
  } finally {
    flow.stopping = true;
    for (const connection of consumers) connection.close();
    for (const { connection } of producers) connection.close();
  }
}

/**
 * Sends a batch through each partition to all of its consumers, so that everyone is connected and waits
 * when the timetable begins: a thousand connections at once take longer than a warm-up.
 * @param {Flow} flow
 * @param {{ send: (dueAt: number) => void }[]} producers
 */
async function settled(flow, producers) {
  if (flow.options.perSecond === undefined) return;
  for (const partition of flow.dueAt.keys()) {
    producers[partition % producers.length]?.send(performance.now());
  }
  await caughtUp(flow);
}

/**
 * @param {Flow} flow
 * @param {{ send: (dueAt: number) => void }[]} producers
 * @returns {Promise<FollowResult>}
 */
async function measure(flow, producers) {
  const { perSecond, warmUpMs, durationMs, broker, batch } = flow.options;
  let turn = 0;
  const sendNext = (/** @type {number} */ dueAt) =>
    producers[turn++ % producers.length]?.send(dueAt);
  const run = async (/** @type {number} */ ms) => {
    if (perSecond !== undefined) return paced({ perSecond, seconds: ms / 1000 }, sendNext);
    const limit = flow.produced + maxBytes / batch.bytes.length;
    const end = performance.now() + ms;
    while (performance.now() < end && flow.produced < limit) await sleep(10);
  };
  await run(warmUpMs);
  const begin = flow.reset();
  await run(durationMs);
  if (perSecond !== undefined) await caughtUp(flow);
  return {
    produced: flow.produced - begin.produced,
    delivered: flow.delivered - begin.delivered,
    seconds: (performance.now() - begin.at) / 1000,
    cpuSeconds: broker.cpuSeconds() - begin.cpu,
    acknowledged: flow.acknowledged,
    received: flow.received,
  };
}

/** Waits for what is on its way: leaving it out would leave out the slowest. @param {Flow} flow */
async function caughtUp(flow) {
  const sent = flow.dueAt.reduce((sum, list) => sum + list.length, 0);
  const deadline = performance.now() + catchUpMs;
  while (flow.produced < sent || flow.delivered < sent * flow.options.consumers) {
    if (performance.now() > deadline) throw new Error('not all records reach the consumers');
    await sleep(2);
  }
}
