import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@tidelog/client';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from './start-broker.ts';

const clean: (() => void)[] = [];
afterEach(() => {
  for (const undo of clean.splice(0)) undo();
});

async function produce(bootstrapServers: string, value: string): Promise<number> {
  await using client = createClient({ bootstrapServers });
  const { offset } = await client.producer().send({ topic: 'kept', value });
  return offset;
}

describe('startBroker', () => {
  it('takes a free port and memory of its own', async () => {
    const [one, other] = await Promise.all([startBroker(), startBroker()]);
    expect(one.port).not.toBe(other.port);
    expect([one.dataDirectory, other.dataDirectory]).toEqual([null, null]);
    expect(await produce(one.bootstrapServers, 'a')).toBe(0);
    expect(await produce(other.bootstrapServers, 'b')).toBe(0);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('takes a directory that it does not leave behind', async () => {
    const broker = await startBroker({ storage: 'directory' });
    expect(await produce(broker.bootstrapServers, 'a')).toBe(0);
    expect(existsSync(broker.dataDirectory!)).toBe(true);
    await broker.stop();
    expect(existsSync(broker.dataDirectory!)).toBe(false);
  });

  it('goes on with a directory that was given', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'tidelog-kept-'));
    clean.push(() => rmSync(dataDirectory, { recursive: true }));
    for (const expected of [0, 1]) {
      await using broker = await startBroker({ dataDirectory });
      expect(await produce(broker.bootstrapServers, 'x')).toBe(expected);
    }
  });

  it('serves what an earlier one has left in files, large as it may be', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'tidelog-files-'));
    clean.push(() => rmSync(dataDirectory, { recursive: true }));
    const values = Array.from({ length: 40 }, (_, i) => Buffer.alloc(50_000 + i * 5000, i));
    {
      await using broker = await startBroker({ dataDirectory });
      await using client = createClient({ bootstrapServers: broker.bootstrapServers });
      const producer = client.producer();
      for (const value of values) await producer.send({ topic: 'kept', value });
    }
    await using broker = await startBroker({ dataDirectory });
    await using client = createClient({ bootstrapServers: broker.bootstrapServers });
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign([{ topic: 'kept', partition: 0 }]);
    let next = 0;
    for await (const { value } of consumer) {
      expect(value?.equals(values[next]!)).toBe(true);
      if (++next === values.length) break;
    }
  });

  it('gives back from memory what was produced, behind segments that have ended', async () => {
    await using broker = await startBroker({ properties: { 'log.segment.bytes': '1048576' } });
    await using client = createClient({ bootstrapServers: broker.bootstrapServers });
    const sent = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(i)}`);
    await client.producer().sendAll(sent.map((value) => ({ topic: 'large', value })));
    const consumer = client.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign([{ topic: 'large', partition: 0 }]);
    let offset = 0;
    for await (const { value } of consumer) {
      expect(String(value)).toBe(sent[offset]);
      offset += 1;
      if (offset === sent.length) break;
    }
  });

  it('cleans a compacted topic in memory', async () => {
    const properties = {
      'log.cleanup.policy': 'compact',
      'log.segment.bytes': '1048576',
      'log.cleaner.min.cleanable.ratio': '0.01',
      'log.cleaner.backoff.ms': '10',
    };
    await using broker = await startBroker({ properties });
    await using client = createClient({ bootstrapServers: broker.bootstrapServers });
    const admin = client.admin();
    await admin.createTopics([{ topic: 'compacted' }]);
    const value = 'x'.repeat(100_000);
    const producer = client.producer({ lingerMs: 0 });
    for (let i = 0; i < 30; i++)
      await producer.send({ topic: 'compacted', key: `${i % 3}`, value });
    const records = async () => {
      const consumer = client.consumer({ autoOffsetReset: 'earliest' });
      consumer.assign([{ topic: 'compacted', partition: 0 }]);
      let count = 0;
      for await (const { offset } of consumer) {
        count += 1;
        if (offset === 29) break;
      }
      return count;
    };
    await expect.poll(records, { timeout: 20_000 }).toBeLessThan(30);
  });

  it('names what is wrong with a property', async () => {
    await expect(startBroker({ properties: { 'num.partitions': 'many' } })).rejects.toThrow(
      'num.partitions',
    );
  });
});
