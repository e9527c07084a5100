import { errors, type KafkaError, type ResponseOf } from '@tidelog/protocol';
import type { Handler } from './handler.ts';

const NO_PRODUCER_ID = -1;
const NO_PRODUCER_EPOCH = -1;

/**
 * Versions 0 to 5. An idempotent producer gets a new id with epoch 0, whatever it had before. A
 * transactional id needs its coordinator, which this broker does not have: NOT_COORDINATOR.
 */
export const initProducerId: Handler<'InitProducerId'> = async (request, _context, broker) => {
  const { transactionalId, producerId, producerEpoch } = request;
  if (transactionalId === '') return refuse(errors.INVALID_REQUEST);
  if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)) {
    return refuse(errors.INVALID_REQUEST);
  }
  if (transactionalId !== null) return refuse(errors.NOT_COORDINATOR);
  const id = await broker.producerIds.next();
  if (typeof id !== 'number') return refuse(id);
  return { errorCode: errors.NONE.code, producerId: id, producerEpoch: 0 };
};

function refuse(error: KafkaError): ResponseOf<'InitProducerId'> {
  return { errorCode: error.code, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH };
}
