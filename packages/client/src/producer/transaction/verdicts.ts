import type { KafkaClientError, TransactionEffect } from '../../client-error.ts';

/** The requests of a transactional producer. */
export type TransactionApi =
  | 'InitProducerId'
  | 'AddPartitionsToTxn'
  | 'AddOffsetsToTxn'
  | 'TxnOffsetCommit'
  | 'EndTxn'
  | 'Produce';

/**
 * What an error asks for: the same request again; or it leaves the transaction abortable, or the producer
 * useless; `refused`: it was for nothing, and may be asked again when its cause is gone.
 */
export type Verdict = 'retry' | 'refused' | TransactionEffect;

type Codes = Readonly<Partial<Record<string, Verdict>>>;

const always: Codes = {
  // Below KIP-588 a fenced producer was told that its epoch is invalid.
  INVALID_PRODUCER_EPOCH: 'fatal',
  PRODUCER_FENCED: 'fatal',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'fatal',
  INVALID_PRODUCER_ID_MAPPING: 'fatal',
  TRANSACTION_ABORTABLE: 'abortable',
  UNKNOWN_PRODUCER_ID: 'abortable',
};

/** By request: what differs, and what an error is that is not named. */
const tables: Readonly<Record<TransactionApi, Codes & { readonly otherwise: Verdict }>> = {
  InitProducerId: {
    otherwise: 'fatal',
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'refused',
    CLUSTER_AUTHORIZATION_FAILED: 'refused',
    TRANSACTION_ABORTABLE: 'refused',
    UNKNOWN_PRODUCER_ID: 'fatal',
  },
  AddPartitionsToTxn: { otherwise: 'abortable', INVALID_TXN_STATE: 'fatal' },
  AddOffsetsToTxn: { otherwise: 'fatal', GROUP_AUTHORIZATION_FAILED: 'abortable' },
  TxnOffsetCommit: {
    otherwise: 'fatal',
    GROUP_AUTHORIZATION_FAILED: 'abortable',
    TOPIC_AUTHORIZATION_FAILED: 'abortable',
    // The group has gone on without this member: what it consumed is consumed again (KIP-447).
    FENCED_INSTANCE_ID: 'abortable',
    UNKNOWN_MEMBER_ID: 'abortable',
    ILLEGAL_GENERATION: 'abortable',
    STALE_MEMBER_EPOCH: 'abortable',
    OFFSET_METADATA_TOO_LARGE: 'abortable',
    INVALID_COMMIT_OFFSET_SIZE: 'abortable',
  },
  EndTxn: { otherwise: 'fatal' },
  Produce: {
    otherwise: 'abortable',
    CLUSTER_AUTHORIZATION_FAILED: 'fatal',
    UNSUPPORTED_VERSION: 'fatal',
    // A partition leader may know an epoch that the coordinator has not given up: the abort tells.
    INVALID_PRODUCER_EPOCH: 'abortable',
  },
};

/** How a transaction goes on after an error of one of its requests. */
export function verdictOn(
  api: TransactionApi,
  error: Pick<KafkaClientError, 'code' | 'retriable'>,
): Verdict {
  if (error.retriable && api !== 'Produce') return 'retry'; // batches have retries of their own
  return tables[api][error.code] ?? always[error.code] ?? tables[api].otherwise;
}
