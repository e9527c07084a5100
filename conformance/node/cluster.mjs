/** The broker under test as the checks use it: short ways to topics, producers and consumers. */
import { until } from './checks.mjs';

/** @typedef {{ partition: number, offset: number, key: string | null, value: string | null, timestamp: number, headers: any, bytes: number }} Read */

export class Cluster {
  /**
   * @param {any} kafkajs the module
   * @param {{ bootstrap: string, prefix: string }} options
   */
  constructor(kafkajs, { bootstrap, prefix }) {
    this.kafkajs = kafkajs;
    this.prefix = prefix;
    const retry = { retries: 5, initialRetryTime: 50 };
    const logLevel = kafkajs.logLevel.NOTHING;
    this.kafka = new kafkajs.Kafka({
      brokers: [bootstrap],
      clientId: 'conformance',
      logLevel,
      retry,
    });
    this.admin = this.kafka.admin();
  }

  connect() {
    return this.admin.connect();
  }

  close() {
    return this.admin.disconnect();
  }

  /** @param {string} name */
  name(name) {
    return `${this.prefix}-${name}`;
  }

  /**
   * Creates a topic and waits until it has its leaders.
   * @param {string} name
   * @param {number} [numPartitions]
   * @param {{ name: string, value: string }[]} [configEntries]
   */
  async topic(name, numPartitions = 1, configEntries = []) {
    const topic = this.name(name);
    const created = { topic, numPartitions, replicationFactor: 1, configEntries };
    await this.admin.createTopics({ topics: [created], waitForLeaders: true });
    await until(
      `${topic} is there`,
      async () => (await this.leaders(topic)).length === numPartitions,
    );
    return topic;
  }

  /** @param {string} topic @returns {Promise<number[]>} */
  async leaders(topic) {
    const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0].partitions.map((/** @type {any} */ p) => p.leader);
  }

  /**
   * Sends messages and waits for their acknowledgement.
   * @param {string} topic
   * @param {object[]} messages
   * @param {{ compression?: number, idempotent?: boolean, acks?: number }} [options]
   */
  async send(topic, messages, { compression, idempotent = false, acks = -1 } = {}) {
    const { Partitioners } = this.kafkajs;
    const createPartitioner = Partitioners.DefaultPartitioner;
    const producer = this.kafka.producer({
      idempotent,
      createPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    try {
      for (let at = 0; at < messages.length; at += 5000) {
        await producer.send({ topic, messages: messages.slice(at, at + 5000), compression, acks });
      }
    } finally {
      await producer.disconnect();
    }
  }

  /**
   * A group member that gathers what it reads.
   * @param {string} groupId
   * @param {string} topic
   */
  async member(groupId, topic) {
    const consumer = this.kafka.consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100 });
    const member = {
      consumer,
      records: /** @type {Read[]} */ ([]),
      partitions: /** @type {number[]} */ ([]),
    };
    consumer.on(consumer.events.GROUP_JOIN, (/** @type {any} */ event) => {
      member.partitions = event.payload.memberAssignment[topic] ?? [];
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async (/** @type {any} */ { batch, resolveOffset, isStale, isRunning }) => {
        for (const m of batch.messages) {
          if (isStale() || !isRunning()) return;
          const [key, value] = [m.key?.toString() ?? null, m.value?.toString() ?? null];
          const { headers, timestamp } = m;
          const bytes = m.value?.length ?? 0;
          const where = { partition: batch.partition, offset: Number(m.offset) };
          member.records.push({
            ...where,
            key,
            value,
            timestamp: Number(timestamp),
            headers,
            bytes,
          });
          resolveOffset(m.offset);
        }
      },
    });
    return member;
  }

  /**
   * Commits what a member has read.
   * @param {string} topic
   * @param {Awaited<ReturnType<Cluster['member']>>} member
   */
  async commit(topic, member) {
    /** @type {Map<number, number>} */
    const next = new Map();
    for (const r of member.records)
      next.set(r.partition, Math.max(next.get(r.partition) ?? 0, r.offset + 1));
    const owned = [...next].filter(([partition]) => member.partitions.includes(partition));
    const offsets = owned.map(([partition, offset]) => ({
      topic,
      partition,
      offset: String(offset),
    }));
    await member.consumer.commitOffsets(offsets);
  }

  /**
   * Reads a topic from its beginning by a group of its own.
   * @param {string} topic
   * @param {number} count
   * @returns {Promise<Read[]>}
   */
  async read(topic, count) {
    const member = await this.member(`${topic}-reader`, topic);
    await until(`${count} records came`, () => member.records.length >= count);
    await member.consumer.disconnect();
    return member.records;
  }

  /** @param {number} first @param {number} count */
  numbered(first, count) {
    return Array.from({ length: count }, (_, i) => ({
      key: `key-${(first + i) % 100}`,
      value: `value-${first + i}`,
    }));
  }
}
