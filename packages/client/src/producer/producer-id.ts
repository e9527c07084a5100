import { errors } from '@tidelog/protocol';
import { brokerError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ProducerIdentity } from './producer-batch.ts';

/** Without transactions any broker gives an id, and nothing is ever open that could time out. */
const NO_TRANSACTION = { transactionalId: null, transactionTimeoutMs: 0x7fffffff };

/** The id under which a producer without transactions numbers its batches (KIP-98). */
export async function newProducerId(
  cluster: Cluster,
  timeoutMs: number,
): Promise<ProducerIdentity> {
  return cluster.retry(
    async () => {
      const response = await cluster.sendToAny('InitProducerId', NO_TRANSACTION);
      if (response.errorCode !== errors.NONE.code) {
        throw brokerError(response.errorCode, 'producer id');
      }
      return { producerId: response.producerId, epoch: response.producerEpoch };
    },
    { timeoutMs },
  );
}
