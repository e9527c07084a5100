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
  it('takes a free port and a directory of its own, and leaves neither behind', async () => {
    const [one, other] = await Promise.all([startBroker(), startBroker()]);
    expect(one.port).not.toBe(other.port);
    expect(await produce(one.bootstrapServers, 'a')).toBe(0);
    expect(await produce(other.bootstrapServers, 'b')).toBe(0);
    await Promise.all([one.stop(), other.stop()]);
    expect(existsSync(one.dataDirectory)).toBe(false);
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

  it('names what is wrong with a property', async () => {
    await expect(startBroker({ properties: { 'num.partitions': 'many' } })).rejects.toThrow(
      'num.partitions',
    );
  });
});
