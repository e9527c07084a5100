import { expect, it } from 'vitest';
import type { ProducerState, TransactionDescription } from '@tidelog/client';
import { isKnown, openTransactions } from './find-hanging.ts';

const producer: ProducerState = {
  producerId: 4,
  producerEpoch: 2,
  lastSequence: 9,
  lastTimestamp: 1000,
  coordinatorEpoch: 0,
  currentTransactionStartOffset: 17,
};
const place = { topic: 'orders', partition: 0 };

const transaction: TransactionDescription = {
  transactionalId: 'pay',
  state: 'Ongoing',
  producerId: 4,
  producerEpoch: 2,
  coordinator: 1,
  timeoutMs: 60_000,
  startTimeMs: 1000,
  partitions: [place],
};

it('takes a transaction for open that was not written to for long', () => {
  const idle = { ...producer, currentTransactionStartOffset: null };
  const young = { ...producer, lastTimestamp: 2001 };
  const found = openTransactions([{ ...place, producers: [producer, idle, young] }], 2000);
  expect(found).toEqual([expect.objectContaining({ ...place, producerId: 4, startOffset: 17 })]);
});

it('takes it for hanging where no coordinator has it', () => {
  const [open] = openTransactions([{ ...place, producers: [producer] }], 2000);
  expect(isKnown(open!, [transaction])).toBe(true);
  expect(isKnown(open!, [])).toBe(false);
  expect(isKnown(open!, [{ ...transaction, state: 'CompleteCommit' }])).toBe(false);
  expect(isKnown(open!, [{ ...transaction, producerEpoch: 1 }])).toBe(false);
  expect(isKnown(open!, [{ ...transaction, partitions: [{ ...place, partition: 1 }] }])).toBe(
    false,
  );
});
