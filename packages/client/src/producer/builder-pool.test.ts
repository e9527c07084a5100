import { describe, expect, it } from 'vitest';
import { BuilderPool } from './builder-pool.ts';
import { producerSettings } from './producer-settings.ts';

const [NONE, GZIP] = [0, 1];

/** A builder that has grown to hold so many bytes. */
function grown(pool: BuilderPool, sizeBytes: number) {
  const builder = pool.take(GZIP);
  builder.append(1, null, Buffer.alloc(sizeBytes));
  return builder;
}

describe('the pool of builders', () => {
  it('gives those that have grown to batches that are compressed only', () => {
    const pool = new BuilderPool(producerSettings({ batchSizeBytes: 1000 }));
    const builder = grown(pool, 5000);
    pool.giveBack(builder);
    expect(pool.take(NONE)).not.toBe(builder);
    expect(pool.take(GZIP)).toBe(builder);
    expect(builder.recordCount).toBe(0);
  });

  it('keeps a part of the buffer memory at most', () => {
    const pool = new BuilderPool(
      producerSettings({ batchSizeBytes: 1000, bufferMemoryBytes: 100_000 }),
    );
    const [first, second] = [grown(pool, 10_000), grown(pool, 10_000)];
    pool.giveBack(first);
    pool.giveBack(second);
    expect(pool.take(GZIP)).toBe(first);
    expect(pool.take(GZIP)).not.toBe(second);
    pool.giveBack(second);
    expect(pool.take(GZIP)).toBe(second);
  });
});
