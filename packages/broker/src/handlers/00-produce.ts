import { ProduceAppend } from '../produce/produce-append.ts';
import { hasTransactionalBatch, produceInTransaction } from '../produce/produce-in-transaction.ts';
import type { Handler } from './handler.ts';

/**
 * Versions 3 to 13. The bytes of the records are valid in this turn only. Each partition gets exactly one batch,
 * which is appended in this turn, or in its turn behind one that takes long (`OrderedAppends`), and answers
 * for itself. acks 0: no response, and a failure closes the connection, which is the only way to tell;
 * 1: answered at once; all (-1): when the records are on all in-sync replicas, as durable as the
 * topic's durability says, and refused before that where fewer than `min.insync.replicas` are there.
 *
 * Batches of a transaction that a partition does not know are appended when the coordinator has
 * confirmed it; from version 12 on that also makes the partition a part of the transaction (KIP-890).
 */
export const produce: Handler<'Produce'> = (request, context, broker) => {
  const append = new ProduceAppend(request, context, broker);
  return hasTransactionalBatch(request)
    ? produceInTransaction(append, request, { broker, version: context.apiVersion })
    : append.all();
};
