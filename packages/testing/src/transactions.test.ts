import { type ClientPlatform, createClient } from '@tidelog/client';
import { type Network, nodePlatform } from '@tidelog/platform';
import { describe, expect, it } from 'vitest';
import { startBroker } from './start-broker.ts';

/** Cuts each connection after so many writes, in the middle of whatever it is about. */
function cutting(writes: () => number): ClientPlatform {
  const platform = nodePlatform();
  const network: Network = {
    listen: (...args) => platform.network.listen(...args),
    connect: async (...args) => {
      const socket = await platform.network.connect(...args);
      const write = socket.write.bind(socket);
      let left = writes();
      socket.write = (buffers) => {
        if (left-- > 0) return write(buffers);
        // Every second time the request still arrives, and only its answer is lost.
        if (left % 2 === 0) write(buffers);
        socket.destroy();
        return true;
      };
      return socket;
    },
  };
  return { ...platform, network };
}

/** Draws that are the same in each run. */
function drawn(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % bound;
  };
}

describe('transactions against a broker', () => {
  it.each([
    [1, 'safe-downgrade'],
    [2, 'upgrade'],
  ] as const)(
    'carry over each record once, whichever connections break: version %i',
    { timeout: 60_000 }, // a busy machine may take its time
    async (version, upgradeType) => {
      await using broker = await startBroker();
      const { bootstrapServers } = broker;
      await using calm = createClient({ bootstrapServers });
      const admin = calm.admin();
      const level = { maxVersionLevel: version, upgradeType };
      await admin.updateFeatures(new Map([['transaction.version', level]]));
      await admin.createTopics([{ topic: 'from' }, { topic: 'to', partitions: 3 }]);
      const values = Array.from({ length: 30 }, (_, i) => String(i));
      await calm.producer().sendAll(values.map((value) => ({ topic: 'from', value })));

      const draw = drawn(7 + version);
      await using client = createClient({
        bootstrapServers,
        platform: cutting(() => 3 + draw(12)),
        retryBackoffMs: 2,
        reconnectBackoffMs: 1,
      });
      const producer = client.producer({ transactionalId: 'copy', lingerMs: 0 });
      const source = calm.consumer({ autoOffsetReset: 'earliest' });
      source.assign([{ topic: 'from', partition: 0 }]);
      for await (const { value, offset } of source) {
        const copy = producer.transaction(async (tx) => {
          void tx.send({ topic: 'to', partition: offset % 3, value });
          await tx.sendOffsets([{ topic: 'from', partition: 0, offset: offset + 1 }], 'copier');
          if (offset % 5 === 4) throw new Error('once more');
        });
        await copy.catch(() =>
          producer.transaction((tx) => tx.send({ topic: 'to', partition: offset % 3, value })),
        );
        if (offset === values.length - 1) break;
      }

      const target = calm.consumer({
        autoOffsetReset: 'earliest',
        isolationLevel: 'read_committed',
      });
      target.assign([0, 1, 2].map((partition) => ({ topic: 'to', partition })));
      const read: string[] = [];
      for await (const { value } of target) {
        read.push(String(value));
        if (read.length === values.length) break;
      }
      expect(read.toSorted((a, b) => Number(a) - Number(b))).toEqual(values);
      const [stored] = await calm
        .consumer({ groupId: 'copier' })
        .committed([{ topic: 'from', partition: 0 }]);
      expect(stored?.offset).toBe(29);
    },
  );
});
