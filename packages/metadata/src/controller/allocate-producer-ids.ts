import { errors, type RequestOf } from '@tidelog/protocol';
import { brokerEpochRefusal } from './broker-epoch.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';

/** Producer ids are given to brokers in blocks of this size (KIP-730). */
const BLOCK_SIZE = 1000;
const MAX_PRODUCER_ID = 2 ** 63;

/** AllocateProducerIds: a block that no broker has had before. */
export function allocateProducerIds(
  state: ControllerState,
  { brokerId, brokerEpoch }: RequestOf<'AllocateProducerIds'>,
): Decision<'AllocateProducerIds'> {
  const refusal = brokerEpochRefusal(state, brokerId, brokerEpoch);
  if (refusal !== undefined) return refused(refusal.error.code);
  const producerIdStart = Math.max(0, state.image.nextProducerId);
  const nextProducerId = producerIdStart + BLOCK_SIZE;
  if (nextProducerId >= MAX_PRODUCER_ID) return refused(errors.UNKNOWN_SERVER_ERROR.code);
  return {
    records: [{ type: 'ProducerIds', brokerId, brokerEpoch, nextProducerId }],
    reply: {
      throttleTimeMs: 0,
      errorCode: errors.NONE.code,
      producerIdStart,
      producerIdLen: BLOCK_SIZE,
    },
  };
}

function refused(errorCode: number): Decision<'AllocateProducerIds'> {
  const reply = { throttleTimeMs: 0, errorCode, producerIdStart: 0, producerIdLen: 0 };
  return { records: [], reply };
}
