import { describe, expect, it } from 'vitest';
import { type ProducerOptions, producerSettings } from './producer-settings.ts';

describe('the settings of a producer', () => {
  it('are those of Java where nothing is said', () => {
    expect(producerSettings({})).toMatchObject({
      acks: -1,
      idempotence: true,
      batchSizeBytes: 16_384,
      lingerMs: 5,
      maxInFlight: 5,
      maxRequestSizeBytes: 1_048_576,
      deliveryTimeoutMs: 120_000,
      requestTimeoutMs: 30_000,
      bufferMemoryBytes: 33_554_432,
      maxBlockMs: 60_000,
      transactionTimeoutMs: 60_000,
      partitionerAdaptive: true,
      partitionerAvailabilityTimeoutMs: 0,
      partitionerIgnoreKeys: false,
    });
    expect(producerSettings({ acks: 1 }).idempotence).toBe(false);
  });

  it.each<[string, ProducerOptions]>([
    ['acks', { acks: 2 as never }],
    ['acks', { acks: 1, idempotence: true }],
    ['maxInFlight', { maxInFlight: 0 }],
    ['maxInFlight', { maxInFlight: 6 }],
    ['batchSizeBytes', { batchSizeBytes: -1 }],
    ['lingerMs', { lingerMs: Number.NaN }],
    ['bufferMemoryBytes', { bufferMemoryBytes: -1 }],
    ['maxBlockMs', { maxBlockMs: 'soon' as never }],
    ['compression', { compression: 'brotli' as never }],
    ['no levels', { compression: 'snappy', compressionLevel: 1 }],
    ['no levels', { compressionLevel: 1 }],
    ['gzip', { compression: 'gzip', compressionLevel: 10 }],
    ['lz4', { compression: 'lz4', compressionLevel: 0 }],
    ['zstd', { compression: 'zstd', compressionLevel: 23 }],
  ])('name %s where it is wrong: %j', (name, options) => {
    expect(() => producerSettings(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(name) }),
    );
  });
});
