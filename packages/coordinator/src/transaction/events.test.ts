import { describe, expect, it } from 'vitest';
import { sizeUpperBound, type TransactionEvent, transactionEventCodec } from './events.ts';
import type { Transaction } from './transaction.ts';

const codec = transactionEventCodec;

const ending: Transaction = {
  state: 'PrepareCommit',
  producerId: 1_234_567_890_123,
  producerEpoch: 32_767,
  previousProducerId: 7,
  nextProducerId: 8,
  lastProducerEpoch: -1,
  timeoutMs: 60_000,
  partitions: new Map([['topic', new Set([3])]]),
  startTimestampMs: 1_700_000_000_000,
  lastUpdateTimestampMs: 1_700_000_001_000,
  clientVersion: 2,
};
const empty: Transaction = {
  ...ending,
  state: 'Empty',
  producerId: 5,
  producerEpoch: 0,
  previousProducerId: 5,
  nextProducerId: -1,
  partitions: new Map(),
  startTimestampMs: -1,
  clientVersion: 0,
};
const KEY = '000000056d792d6964';

/** As Apache Kafka 4.3.1 writes them. */
const values: [string, 0 | 1, Transaction, string][] = [
  [
    'the end of a transaction, version 1',
    1,
    ending,
    '00010000011f71fb04cb7fff0000ea60020206746f7069630200000003000000018bcfe56be80000018bcfe5680003' +
      '000800000000000000070108000000000000000802020002',
  ],
  [
    'the end of a transaction, version 0',
    0,
    { ...ending, previousProducerId: -1, nextProducerId: -1, clientVersion: 0 },
    '00000000011f71fb04cb7fff0000ea6002000000010005746f70696300000001000000030000018bcfe56be80000018' +
      'bcfe56800',
  ],
  [
    'a producer, version 1',
    1,
    empty,
    '0001000000000000000500000000ea6000000000018bcfe56be8ffffffffffffffff0100080000000000000005',
  ],
  [
    'a producer, version 0',
    0,
    { ...empty, previousProducerId: -1 },
    '0000000000000000000500000000ea6000ffffffff0000018bcfe56be8ffffffffffffffff',
  ],
];

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

describe('records of __transaction_state', () => {
  it.each(values)('%s', (_name, valueVersion, value, hex) => {
    const event: TransactionEvent = { transactionalId: 'my-id', valueVersion, value };
    const { key, value: written } = codec.encode(event);
    expect(key.toString('hex')).toBe(KEY);
    expect(written!.toString('hex')).toBe(hex);
    expect(codec.decode(key, written)).toEqual(event);
    expect(sizeUpperBound(event)).toBeGreaterThan(key.length + written!.length + 20);
  });

  it('are tombstones where there is no value', () => {
    const event: TransactionEvent = { transactionalId: 'my-id', valueVersion: 1, value: null };
    expect(codec.encode(event)).toEqual({ key: bytes(KEY), value: null });
    expect(codec.decode(bytes(KEY), null)).toMatchObject({ transactionalId: 'my-id', value: null });
  });

  it('of unknown versions are passed over', () => {
    expect(codec.decode(bytes('0001000568656c6c6f'), null)).toBeNull();
    expect(codec.decode(bytes(KEY), bytes('0002'))).toBeNull();
  });

  it('that are malformed are no records', () => {
    const good = bytes(values[0]![3]);
    const unknownState = Buffer.from(good);
    unknownState[16] = 8;
    for (const [key, value] of [
      [null, null],
      [bytes('00'), null],
      [bytes('00000009aa'), null],
      [bytes(KEY), bytes('00')],
      [bytes(KEY), good.subarray(0, 30)],
      [bytes(KEY), unknownState],
    ] as const) {
      expect(() => codec.decode(key, value)).toThrow(/malformed|cannot|TransactionLog|key/i);
    }
  });
});
