/** Writers and readers that go on while something happens to the brokers, and judge what was kept. */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';

/** @typedef {import('@tidelog/client').Client} Client */
/** @typedef {import('@tidelog/client').ConsumerOptions} ConsumerOptions */

/** So many sends of a partition wait for their outcome at once. */
const window = 50;

/** Sends the numbers from 0 on to each partition, without waiting for the one before. */
export class Writers {
  #stopped = false;
  /** @type {Promise<number[]>} */
  #counts;
  written = 0;

  /** @param {Client} client @param {string} topic @param {number} partitions */
  constructor(client, topic, partitions) {
    this.producer = client.producer({ lingerMs: 2, deliveryTimeoutMs: 60_000 });
    const all = Array.from({ length: partitions }, (_, i) => this.#write(topic, i));
    this.#counts = Promise.all(all);
    this.#counts.catch(() => {}); // told by stop
  }

  /** @param {string} topic @param {number} partition */
  async #write(topic, partition) {
    let count = 0;
    while (!this.#stopped) {
      const sends = [];
      for (let i = 0; i < window; i++) {
        sends.push(this.producer.send({ topic, partition, value: `${count++}` }));
      }
      await Promise.all(sends);
      this.written += window;
    }
    return count;
  }

  /** @param {number} count */
  more(count) {
    const target = this.written + count;
    return until(`${count} more are written`, () => this.written >= target);
  }

  /** How many went to each partition; throws where one was refused. */
  async stop() {
    this.#stopped = true;
    const counts = await this.#counts;
    await this.producer.close();
    return counts;
  }
}

/** Notes what a consumer is given, by partition; `done` rejects where it fails. */
export class Reader {
  /** @type {Map<number, number[]>} */
  values = new Map();
  count = 0;

  /** @param {import('@tidelog/client').Consumer} consumer */
  constructor(consumer) {
    this.consumer = consumer;
    this.done = this.#read();
    this.done.catch(() => {}); // told by close
  }

  async #read() {
    for await (const { partition, value } of this.consumer) {
      const values = this.values.get(partition) ?? [];
      values.push(Number(value));
      this.values.set(partition, values);
      this.count++;
    }
  }

  async close() {
    await this.consumer.close();
    await this.done;
  }
}

/** Each number once, and in its order. @param {Reader} reader @param {number[]} counts */
export function assertExact(reader, counts) {
  for (const [partition, count] of counts.entries()) {
    const values = reader.values.get(partition) ?? [];
    const wrong = values.findIndex((value, i) => value !== i);
    const place = `partition ${partition}: ${values.slice(Math.max(0, wrong - 3), wrong + 4)}`;
    assert.deepEqual([values.length, wrong], [count, -1], place);
  }
}

/**
 * Each number at least once; what is new to the group comes in its order.
 * @param {Reader[]} readers @param {number[]} counts
 */
export function assertComplete(readers, counts) {
  for (const [partition, count] of counts.entries()) {
    const seen = new Set(readers.flatMap(({ values }) => values.get(partition) ?? []));
    assert.equal(seen.size, count, `partition ${partition}`);
  }
  for (const { values } of readers) {
    for (const [partition, numbers] of values) {
      const firsts = [...new Set(numbers)];
      const sorted = firsts.toSorted((a, b) => a - b);
      assert.deepEqual(firsts, sorted, `order of partition ${partition}`);
    }
  }
}

/** @param {Client} client @param {string} topic @param {number} partitions @param {ConsumerOptions} [options] */
export function readAll(client, topic, partitions, options = {}) {
  const consumer = client.consumer({ autoOffsetReset: 'earliest', ...options });
  consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  return new Reader(consumer);
}
