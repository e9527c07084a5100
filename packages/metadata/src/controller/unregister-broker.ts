import type { RequestOf } from '@tidelog/protocol';
import { unregisterRecords } from './broker-transitions.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

/** UnregisterBroker: forgets a broker that does not come back. */
export function unregisterBroker(
  state: ControllerState,
  { brokerId }: RequestOf<'UnregisterBroker'>,
): Decision<'UnregisterBroker'> {
  const broker = state.broker(brokerId);
  if (broker === undefined) {
    const message = `Broker ID ${brokerId} is not currently registered`;
    const refusal = new Refusal('BROKER_ID_NOT_REGISTERED', message);
    return { records: [], reply: { throttleTimeMs: 0, ...errorFields(refusal) } };
  }
  const records = unregisterRecords(state, brokerId, broker.epoch);
  return { records, reply: { throttleTimeMs: 0, ...errorFields() } };
}
