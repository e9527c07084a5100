import { DerivedRandom, type Socket } from '@tidelog/platform';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeRequest } from '@tidelog/network';
import { apis, codecs, errors } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from './broker.test-node.ts';
import { exchange, TestClient } from './client.test-client.ts';
import { type Corpus, corpusOf } from './fuzz.test-corpus.ts';
import { mutate, mutateBatch } from './fuzz.test-mutations.ts';
import { batchOf, type Subject } from './requests.test-table.ts';
import { servedVersions } from './serve.ts';

/** Set FUZZ_SEED and FUZZ_FRAMES to look for other faults, or for one that was found, again. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_122);
const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 100_000);
const FRAMES_EACH_TURN = 50;
const CONNECTIONS = 8;
const MAX_GROWTH_BYTES = 100 * 2 ** 20;

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
  let client: TestClient;
  let kept: Subject;
  let corpus: Corpus;
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);

  beforeAll(async () => {
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    node = await TestNode.start({
      'auto.create.topics.enable': 'false',
      'tidelog.http.listener': '127.0.0.1:0',
    });
    client = await TestClient.connect(node);
    kept = await subject('kept', {});
    corpus = corpusOf([
      await subject('plain', {}),
      await subject('compacted', { 'cleanup.policy': 'compact' }),
      await subject('recompressed', { 'compression.type': 'lz4' }),
    ]);
  });

  afterAll(async () => {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
    await node.dispose();
  });

  async function subject(topic: string, configs: Record<string, string>): Promise<Subject> {
    const topicId = await client.createTopic(topic, configs);
    return { topic, topicId, group: `group-of-${topic}` };
  }

  function frame(random: SeededRandom): Buffer {
    const kind = random.below(10);
    if (kind < 4) return mutate(corpus.golden[random.below(corpus.golden.length)]!, random);
    if (kind < 7) return mutate(corpus.live[random.below(corpus.live.length)]!, random);
    return mutateBatch(corpus.produce[random.below(corpus.produce.length)]!, random);
  }

  /** Requests of a hundred kilobytes at most, whose records become 100 MB. */
  function bombs(): Buffer[] {
    const zeros = '\0'.repeat(100 * 2 ** 20);
    return [codecs.gzip, codecs.zstd].flatMap((codec) => {
      const records = batchOf([zeros], { codec });
      return ['plain', 'compacted', 'recompressed'].map((name) => {
        const topicData = [{ name, partitionData: [{ index: 0, records }] }];
        const header = { version: 9, correlationId: 7, clientId: 'fuzz' };
        const body = { acks: 1, timeoutMs: 100, topicData };
        return Buffer.concat(encodeRequest(apis.Produce, header, body)).subarray(4);
      });
    });
  }

  async function keep(values: readonly string[]): Promise<void> {
    for (const value of values) {
      expect(await client.produce(kept.topic, [value])).toMatchObject({ errorCode: 0 });
    }
  }

  it('harm nobody', { timeout: 170_000 }, async () => {
    const random = new SeededRandom(SEED);
    const attacker = new Attacker(node, random);
    const values = Array.from({ length: 100 }, (_, i) => `value ${i}`);
    await keep(values);
    const before = await memory();
    for (let sent = 0; sent < FRAMES; sent += FRAMES_EACH_TURN) {
      for (let i = 0; i < FRAMES_EACH_TURN; i++) await attacker.send(frame(random));
      await turn();
    }
    for (const bomb of bombs()) await attacker.send(bomb);
    await turn();
    expect(node.faults).toEqual([]);
    expect(uncaught).toEqual([]);
    expect(attacker.replies).toBeGreaterThan(FRAMES / 10);
    expect(attacker.closed).toBeGreaterThan(FRAMES / 10);
    expect((await memory()) - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect(await client.values(kept.topic)).toEqual(values);
    await keep(['after']);
    expect(await (await TestClient.connect(node)).values(kept.topic)).toHaveLength(101);
  });

  const bare = (key: number, version: number) =>
    Buffer.from([0, 0, 0, 10, 0, key, version >> 8, version & 0xff, 0, 0, 0, 1, 0xff, 0xff]);
  const servedKeys = new Set(servedVersions().map(({ apiKey }) => apiKey));
  const unserved = Object.values(apis).filter(({ key }) => !servedKeys.has(key));

  it.each(unserved.map(({ name, key, versions }) => [name, key, versions[0]] as const))(
    '%s is not served: the connection ends',
    async (_, key, version) => {
      const socket = await node.network.connect({ host: '', port: node.port });
      await expect(exchange(socket, [bare(key, version)])).rejects.toThrow('closed');
    },
  );

  it.each([...servedKeys].filter((key) => key !== apis.ApiVersions.key))(
    'API %i has no absurd version: the connection ends',
    async (key) => {
      const socket = await node.network.connect({ host: '', port: node.port });
      await expect(exchange(socket, [bare(key, 0x7fff)])).rejects.toThrow('closed');
    },
  );

  it('ApiVersions of any version is answered in version 0', async () => {
    const socket = await node.network.connect({ host: '', port: node.port });
    const answer = await exchange(socket, [bare(apis.ApiVersions.key, 0x7fff)]);
    expect(apis.ApiVersions.response.decode(answer.subarray(4), 0)).toMatchObject({
      errorCode: errors.UNSUPPORTED_VERSION.code,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    });
  });
});

/** What is in use after everything else has been freed. */
async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
