/** The broker under test as the checks use it: short ways to topics, records and what is read back. */
import { createClient } from '@tidelog/client';
import { until } from '../node/checks.mjs';

export class Cluster {
  /** @param {{ bootstrap: string, prefix: string, requestTimeoutMs?: number }} options */
  constructor({ bootstrap, prefix, requestTimeoutMs = 30_000 }) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.client = createClient({
      bootstrapServers: bootstrap,
      clientId: 'conformance',
      requestTimeoutMs,
    });
    this.admin = this.client.admin();
  }

  close() {
    return this.client.close();
  }

  /** A name that no other run has. @param {string} name */
  name(name) {
    return `${this.prefix}-${name}`;
  }

  /**
   * Creates a topic and waits until it has its leaders.
   * @param {string} name
   * @param {number} [partitions]
   * @param {Record<string, string>} [configs]
   */
  async topic(name, partitions = 1, configs = {}) {
    const topic = this.name(name);
    await this.admin.createTopics([{ topic, partitions, configs }]);
    await until(`${topic} is there`, async () => {
      const [found] = await this.admin.describeTopics([topic]).catch(() => []);
      return found?.partitions.filter(({ leader }) => leader >= 0).length === partitions;
    });
    return topic;
  }

  /**
   * The first `count` messages of a topic, in the order of each partition.
   * @param {string} topic
   * @param {number} count
   * @param {object} [options] of the consumer
   */
  async read(topic, count, options = {}) {
    const [described] = await this.admin.describeTopics([topic]);
    const consumer = this.client.consumer({ autoOffsetReset: 'earliest', ...options });
    const partitions = described?.partitions ?? [];
    consumer.assign(partitions.map(({ partition }) => ({ topic, partition })));
    const messages = [];
    const signal = AbortSignal.timeout(30_000);
    for await (const message of consumer.messages({ signal })) {
      messages.push(message);
      if (messages.length === count) break;
    }
    await consumer.close();
    if (messages.length < count) throw new Error(`${messages.length} of ${count} messages came`);
    return messages;
  }
}

/** Messages with keys and values of their own. @param {number} first @param {number} count */
export function numbered(first, count) {
  return Array.from({ length: count }, (_, i) => ({
    key: `key-${(first + i) % 100}`,
    value: `value-${first + i}`,
  }));
}

/**
 * The error with which a call fails.
 * @param {() => Promise<unknown>} call
 * @param {string} code
 * @returns {Promise<any>}
 */
export async function fails(call, code) {
  try {
    await call();
  } catch (/** @type {any} */ error) {
    if (error.code === code) return error;
    throw new Error(`expected ${code}, got ${error}`, { cause: error });
  }
  throw new Error(`expected ${code}, but nothing failed`);
}
