import type { ApiName } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../client.ts';
import { type Fault, TransactionalBroker } from '../../testing/transactional-broker.ts';
import type { Producer } from '../producer.ts';

const faults: readonly Fault[] = [
  'none',
  'lost request',
  'lost answer',
  'CONCURRENT_TRANSACTIONS',
  'NOT_COORDINATOR',
  'TRANSACTION_ABORTABLE',
];
const produceFaults: readonly Fault[] = [
  'none',
  'lost request',
  'lost answer',
  'NOT_LEADER_OR_FOLLOWER',
  'INVALID_RECORD',
  'TRANSACTION_ABORTABLE',
];

interface Plan {
  /** The partition of each record. */
  readonly records: readonly number[];
  readonly end: 'commit' | 'abort' | 'throw';
  readonly offsets: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  records: fc.array(fc.nat(2), { maxLength: 6 }),
  end: fc.constantFrom('commit', 'commit', 'abort', 'throw'),
  offsets: fc.boolean(),
});

/** What became of a transaction, as far as its caller can know. */
type Known = 'committed' | 'aborted' | 'unknown';

async function carryOut(producer: Producer, values: readonly string[], plan: Plan): Promise<Known> {
  try {
    await producer.transaction(async (tx) => {
      values.forEach((value, i) => {
        void tx.send({ topic: 't', partition: plan.records[i]!, value });
      });
      if (plan.offsets) await tx.sendOffsets([{ topic: 'in', partition: 0, offset: 1 }], 'g');
      if (plan.end === 'throw') throw new Error('no');
      if (plan.end === 'abort') await tx.abort();
    });
    return plan.end === 'commit' ? 'committed' : 'aborted';
  } catch (error) {
    return (error as { code?: string }).code === 'TIMEOUT' ? 'unknown' : 'aborted';
  }
}

describe('transactions under faults', () => {
  it.each([1, 2] as const)('are whole or nothing, version %i', async (version) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(5), { maxLength: 40 }),
        async (plans, drawn) => {
          const broker = new TransactionalBroker(version);
          const { platform, clock } = broker;
          const client = createClient({ bootstrapServers: 'b:1', platform });
          const producer = client.producer({ transactionalId: 'tx', lingerMs: 0, maxInFlight: 3 });
          const draws = [...drawn];
          broker.fault = (name: ApiName) => {
            const fault = (name === 'Produce' ? produceFaults : faults)[draws.pop() ?? 0]!;
            // What is committed is not refused afterwards.
            const isOver = name === 'EndTxn' && broker.state !== 'open';
            return isOver && fault === 'TRANSACTION_ABORTABLE' ? 'none' : fault;
          };
          const fates: { values: string[]; known: Known }[] = [];
          for (const [n, each] of plans.entries()) {
            const values = each.records.map((_, i) => `${n}.${i}`);
            const known = await clock.settle(carryOut(producer, values, each));
            fates.push({ values, known });
          }
          await clock.settle(client.close());
          const read = [0, 1, 2].flatMap((partition) => broker.committed(partition));
          expect(new Set(read).size).toBe(read.length);
          for (const { values, known } of fates) {
            const found = values.filter((value) => read.includes(value)).length;
            const whole = { committed: [values.length], aborted: [0], unknown: [0, values.length] };
            expect(whole[known]).toContain(found);
          }
          for (const partition of [0, 1, 2]) {
            const order = broker.committed(partition);
            expect(order).toEqual(order.toSorted());
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
