import {
  connection,
  dryRun,
  duration,
  output,
  wholeNumber,
  yes,
} from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';
import { topicChoice } from './group.ts';

const load = () => import('../txn/transactions.ts');

/** `transaction.max.timeout.ms` of brokers: no transaction may take longer. */
const LONGEST_TRANSACTION_MS = 900_000;

export const txnCommands: readonly CommandSpec[] = [
  {
    name: 'txn list',
    about: 'list transactional ids with the state of their transactions',
    options: [
      {
        flags: '--state <state>',
        about: 'only in this state, such as Ongoing (repeatable)',
        isRepeated: true,
      },
      {
        flags: '--longer-than <duration>',
        about: 'only those that run for longer, such as 5m',
        parse: duration,
      },
      output,
      ...connection,
    ],
    examples: ['txn list', 'txn list --state Ongoing --longer-than 1m'],
    run: async (call) => (await load()).listTransactions(call),
  },
  {
    name: 'txn describe',
    about: 'show producer, state, age and partitions of transactions',
    args: [{ name: 'transactional-id', isRepeated: true }],
    options: [output, ...connection],
    examples: ['txn describe payments'],
    run: async (call) => (await load()).describeTransactions(call),
  },
  {
    name: 'txn find-hanging',
    about: 'find transactions that no coordinator will end, and that hold readers up',
    options: [
      topicChoice,
      {
        flags: '--older-than <duration>',
        about: 'not written to for so long',
        parse: duration,
        fallback: LONGEST_TRANSACTION_MS,
      },
      output,
      ...connection,
    ],
    examples: ['txn find-hanging --topic orders --older-than 20m'],
    run: async (call) => (await import('../txn/find-hanging.ts')).findHangingTransactions(call),
  },
  {
    name: 'txn abort',
    about: 'abort a transaction by its id, or one that hangs in a partition',
    args: [{ name: 'transactional-id', isOptional: true }],
    options: [
      { flags: '-t, --topic <topic>', about: 'where it hangs', completes: 'topics' },
      { flags: '-p, --partition <number>', about: 'where it hangs', parse: wholeNumber },
      {
        flags: '--start-offset <offset>',
        about: 'its first offset, as find-hanging shows it',
        parse: wholeNumber,
      },
      dryRun,
      yes,
      output,
      ...connection,
    ],
    examples: ['txn abort payments -y', 'txn abort -t orders -p 0 --start-offset 17 -y'],
    run: async (call) => (await load()).abortTransaction(call),
  },
];
