import type { LogFailure } from '@tidelog/log';
import {
  batchBaseSequence,
  batchIsTransactional,
  batchProducerEpoch,
  batchProducerId,
  errors,
  type KafkaError,
  type RequestOf,
} from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { TransactionalClient, Verification } from '../transaction/transaction-verification.ts';
import type { ProduceAppend, Produced } from './produce-append.ts';

const BATCH_HEADER_BYTES = 61;
/** From this version on the client adds partitions by producing to them. */
const ADDING_VERSION = 12;
/** From this version on it knows TRANSACTION_ABORTABLE. */
const ABORTABLE_VERSION = 11;

export function hasTransactionalBatch({ topicData }: RequestOf<'Produce'>): boolean {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) if (isTransactional(records)) return true;
  }
  return false;
}

function isTransactional(records: Buffer | null): boolean {
  return (
    records !== null && records.length >= BATCH_HEADER_BYTES && batchIsTransactional(records, 0)
  );
}

/**
 * Appends batches that belong to a transaction, each once it is certain that the coordinator knows its
 * partition as a part of it. A producer's requests are appended in their order.
 */
export function produceInTransaction(
  append: ProduceAppend,
  { transactionalId }: RequestOf<'Produce'>,
  { broker, version }: { readonly broker: BrokerServices; readonly version: number },
): Produced | Promise<Produced> {
  if (transactionalId === null) {
    return append.refuse(errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  }
  const targets = Array.from(append.targets()).filter(
    ({ records }) => isTransactional(records) && batchProducerId(records, 0) >= 0,
  );
  const batches = targets.map(({ partition, records }) => ({
    partition,
    sequence: batchBaseSequence(records, 0),
    producerId: batchProducerId(records, 0),
    producerEpoch: batchProducerEpoch(records, 0),
  }));
  const [first] = batches;
  if (first === undefined) return append.all();
  const { producerId, producerEpoch } = first;
  if (batches.some((b) => b.producerId !== producerId || b.producerEpoch !== producerEpoch)) {
    return append.refuse(errors.INVALID_PRODUCER_ID_MAPPING);
  }
  const client = {
    addsPartitions: version >= ADDING_VERSION,
    knowsAbortable: version >= ABORTABLE_VERSION,
    patient: version >= ADDING_VERSION,
  };
  const transaction = { transactionalId, producerId, producerEpoch };
  let isAppended = false;
  const produced = broker.verification.inOrder.run<Verification[], Produced>(
    producerId,
    () => broker.verification.verify(transaction, batches, client),
    (verifications) => {
      isAppended = true;
      return append.all(
        new Map(targets.map(({ data }, i) => [data, forProduce(verifications[i]!, client)])),
      );
    },
  );
  if (!isAppended) append.keepRecords();
  return produced;
}

/** A producer is told of its coordinator's state in terms of the partition that it writes to. */
function forProduce(verification: Verification, client: TransactionalClient) {
  return 'verified' in verification ? verification : refusal(verification, client);
}

function refusal(error: KafkaError, { addsPartitions }: TransactionalClient): LogFailure {
  switch (error.name) {
    case 'INVALID_TXN_STATE':
      return { error, message: 'the partition was not added to the transaction' };
    case 'CONCURRENT_TRANSACTIONS':
      return addsPartitions ? { error, message: error.message } : unverified(error);
    case 'NETWORK_EXCEPTION':
    case 'COORDINATOR_LOAD_IN_PROGRESS':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'NOT_COORDINATOR':
      return unverified(error);
    default:
      return { error, message: error.message };
  }
}

/** Old clients retry this one rightly, and it makes them look up nothing. */
function unverified({ name }: KafkaError): LogFailure {
  const message = `the partition could not be found in the transaction: ${name}`;
  return { error: errors.NOT_ENOUGH_REPLICAS, message };
}
