import type { ControllerState } from './controller-state.ts';
import { Refusal } from './refusal.ts';

/** Only the newest incarnation of a registered broker is heard. */
export function brokerEpochRefusal(
  state: ControllerState,
  id: number,
  epoch: number,
): Refusal | undefined {
  const broker = state.broker(id);
  if (broker === undefined || broker.epoch !== epoch) return new Refusal('STALE_BROKER_EPOCH');
  return undefined;
}
