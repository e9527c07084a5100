import { describe, expect, it } from 'vitest';
import { brokerError } from '../../client-error.ts';
import { errors, type ErrorName } from '@tidelog/protocol';
import { type TransactionApi, type Verdict, verdictOn } from './verdicts.ts';

const apis: readonly TransactionApi[] = [
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
  'Produce',
];

/** What Java's client does, in the order of `apis`: f(atal), a(bortable), r(etry), n(othing came of it). */
const table: readonly (readonly [ErrorName, string])[] = [
  ['NOT_COORDINATOR', 'rrrrra'],
  ['COORDINATOR_NOT_AVAILABLE', 'rrrrra'],
  ['COORDINATOR_LOAD_IN_PROGRESS', 'rrrrra'],
  ['CONCURRENT_TRANSACTIONS', 'rrrrra'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'rrrrra'],
  ['INVALID_PRODUCER_EPOCH', 'fffffa'],
  ['PRODUCER_FENCED', 'ffffff'],
  ['TRANSACTION_ABORTABLE', 'naaaaa'],
  ['INVALID_TXN_STATE', 'fffffa'],
  ['INVALID_PRODUCER_ID_MAPPING', 'ffffff'],
  ['UNKNOWN_PRODUCER_ID', 'faaaaa'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'nfffff'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'naffff'],
  ['TOPIC_AUTHORIZATION_FAILED', 'fafafa'],
  ['GROUP_AUTHORIZATION_FAILED', 'faaafa'],
  ['OPERATION_NOT_ATTEMPTED', 'fafffa'],
  ['FENCED_INSTANCE_ID', 'fafafa'],
  ['UNKNOWN_MEMBER_ID', 'fafafa'],
  ['ILLEGAL_GENERATION', 'fafafa'],
  ['INVALID_TRANSACTION_TIMEOUT', 'fafffa'],
  ['UNSUPPORTED_VERSION', 'faffff'],
  ['MESSAGE_TOO_LARGE', 'fafffa'],
];
const verdicts: Readonly<Record<string, Verdict>> = {
  f: 'fatal',
  a: 'abortable',
  r: 'retry',
  n: 'refused',
};

describe('verdictOn', () => {
  it.each(table)('%s: %s', (name, row) => {
    const error = brokerError(errors[name].code, 'x');
    expect(apis.map((api) => verdictOn(api, error))).toEqual(row.split('').map((c) => verdicts[c]));
  });
});
