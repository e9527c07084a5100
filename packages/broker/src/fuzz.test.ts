import { DerivedRandom, type Socket } from '@tidelog/platform';
import type { ClientConnection } from '@tidelog/network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from './broker.test-node.ts';
import { type Corpus, corpusOf } from './fuzz.test-corpus.ts';
import { mutate, mutateBatch } from './fuzz.test-mutations.ts';
import { batchOf, type Subject } from './requests.test-table.ts';

/** Set FUZZ_SEED and FUZZ_FRAMES to look for other faults, or for one that was found, again. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_122);
const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 100_000);
const FRAMES_EACH_TURN = 50;
const CONNECTIONS = 8;

/** mulberry32 */
class SeededRandom extends DerivedRandom {
  #state: number;

  constructor(seed: number) {
    super();
    this.#state = seed;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
}

/** Writes frames to a broker, over a few connections that are replaced when they are closed or full. */
class Attacker {
  readonly #node: TestNode;
  readonly #random: DerivedRandom;
  readonly #sockets: (Socket | undefined)[] = [];
  /** Chunks that came back, and connections that were closed by the broker. */
  replies = 0;
  closed = 0;

  constructor(node: TestNode, random: DerivedRandom) {
    this.#node = node;
    this.#random = random;
  }

  async send(frame: Buffer): Promise<void> {
    const random = this.#random;
    const slot = random.below(CONNECTIONS);
    // Requests that wait fill a connection, and it is no longer read.
    if (random.below(20) === 0) this.#drop(slot);
    const socket = (this.#sockets[slot] ??= await this.#connect(slot));
    const length = Buffer.alloc(4);
    length.writeInt32BE(random.below(1000) === 0 ? random.uint32() | 0 : frame.length);
    const cut = random.below(4) === 0 ? random.below(frame.length + 1) : frame.length;
    socket.write([length, frame.subarray(0, cut)]);
    if (cut < frame.length) socket.write([frame.subarray(cut)]);
    await Promise.resolve();
  }

  #drop(slot: number): void {
    this.#sockets[slot]?.destroy();
    this.#sockets[slot] = undefined;
  }

  async #connect(slot: number): Promise<Socket> {
    const socket = await this.#node.network.connect({ host: '', port: this.#node.port });
    socket.onData = () => {
      this.replies++;
    };
    socket.onClose = () => {
      if (this.#sockets[slot] !== socket) return;
      this.closed++;
      this.#sockets[slot] = undefined;
    };
    return socket;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe(`any bytes, seed ${SEED}`, () => {
  let node: TestNode;
  let client: ClientConnection;
  let kept: Subject;
  let corpus: Corpus;
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);

  beforeAll(async () => {
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    node = await TestNode.start({ 'auto.create.topics.enable': 'false' });
    client = await node.connect();
    kept = await createTopic('kept', {});
    corpus = corpusOf([
      await createTopic('plain', {}),
      await createTopic('compacted', { 'cleanup.policy': 'compact' }),
      await createTopic('recompressed', { 'compression.type': 'lz4' }),
    ]);
  });

  afterAll(async () => {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
    await node.dispose();
  });

  async function createTopic(topic: string, configs: Record<string, string>): Promise<Subject> {
    const { topics } = await client.send('CreateTopics', 7, {
      topics: [
        {
          name: topic,
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    return { topic, topicId: topics[0]!.topicId, group: `group-of-${topic}` };
  }

  function frame(random: SeededRandom): Buffer {
    const kind = random.below(10);
    if (kind < 4) return mutate(corpus.golden[random.below(corpus.golden.length)]!, random);
    if (kind < 7) return mutate(corpus.live[random.below(corpus.live.length)]!, random);
    return mutateBatch(corpus.produce[random.below(corpus.produce.length)]!, random);
  }

  async function keep(value: string): Promise<void> {
    const records = batchOf([value]);
    const topicData = [{ name: kept.topic, partitionData: [{ index: 0, records }] }];
    const reply = await client.send('Produce', 9, { acks: -1, timeoutMs: 1000, topicData });
    expect(reply.responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
  }

  it('harm nobody', { timeout: 120_000 }, async () => {
    const random = new SeededRandom(SEED);
    const attacker = new Attacker(node, random);
    for (let i = 0; i < 100; i++) await keep(`before ${i}`);
    const before = memory();
    const t = performance.now();
    for (let sent = 0; sent < FRAMES; sent += FRAMES_EACH_TURN) {
      for (let i = 0; i < FRAMES_EACH_TURN; i++) await attacker.send(frame(random));
      await turn();
      if (node.faults.length > 3 || uncaught.length > 0) break;
    }
    console.log(
      performance.now() - t,
      attacker.replies,
      attacker.closed,
      (memory() - before) / 2 ** 20,
    );
    expect(node.faults).toEqual([]);
    expect(uncaught).toEqual([]);
    await keep('after');
  });
});

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
