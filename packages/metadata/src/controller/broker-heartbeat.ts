import { errors, type RequestOf } from '@tidelog/protocol';
import type { BrokerImage } from '../image/nodes.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { SINCE } from '../records/record-versions.ts';
import {
  directoriesFailed,
  fenceBroker,
  registrationChange,
  startControlledShutdown,
  unfenceBroker,
} from './broker-transitions.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision, Moment } from './decision.ts';
import { leads } from './leader-updates.ts';

type Request = RequestOf<'BrokerHeartbeat'>;

/**
 * What a broker is to the controller.
 *
 *     fenced ──caught up, wants to serve──▶ unfenced ──wants to stop, leads──▶ controlledShutdown
 *       ▲  └───────wants to stop──────────────┐ │ └─wants to stop, leads nothing─┐   │ leads nothing,
 *       └──────────wants to be fenced─────────│─┘                                ▼   ▼ others know
 *                                             └──────────────────────────────▶ shutdownNow
 */
type BrokerState = 'fenced' | 'unfenced' | 'controlledShutdown' | 'shutdownNow';

/** BrokerHeartbeat: keeps the session, and moves the broker to the state that it can have now. */
export function brokerHeartbeat(
  state: ControllerState,
  request: Request,
  at: Moment,
): Decision<'BrokerHeartbeat'> {
  const { brokerId: id, brokerEpoch: epoch } = request;
  const broker = state.broker(id);
  if (broker?.epoch !== epoch) {
    const errorCode = errors.STALE_BROKER_EPOCH.code;
    return { records: [], reply: { throttleTimeMs: 0, errorCode, shouldShutDown: false } };
  }
  state.sessions.contact(id, epoch, at.now);
  const current = currentState(state, broker);
  const next = nextState(state, current, request);
  const records = current === next ? [] : transition(state, broker, next);
  const isFenced = next === 'fenced' || next === 'shutdownNow';
  state.sessions.touch(id, isFenced, request.currentMetadataOffset);
  records.push(...directoryRecords(state, broker, request));
  if (next === 'controlledShutdown') {
    const lastOffset = at.nextOffset + records.length - 1;
    if (records.length > 0) state.sessions.startShutdown(id, lastOffset);
  }
  return {
    records,
    reply: {
      throttleTimeMs: 0,
      errorCode: errors.NONE.code,
      isCaughtUp: request.currentMetadataOffset >= state.registrationOffset(id),
      isFenced,
      shouldShutDown: next === 'shutdownNow',
    },
  };
}

function currentState(state: ControllerState, broker: BrokerImage): BrokerState {
  if (state.sessions.isShuttingDown(broker.id)) return 'controlledShutdown';
  return broker.fenced ? 'fenced' : 'unfenced';
}

function nextState(state: ControllerState, current: BrokerState, request: Request): BrokerState {
  const { brokerId: id, wantFence, wantShutDown } = request;
  switch (current) {
    case 'fenced': {
      if (wantShutDown) return 'shutdownNow';
      const isCaughtUp = request.currentMetadataOffset >= state.registrationOffset(id);
      return !wantFence && isCaughtUp ? 'unfenced' : 'fenced';
    }
    case 'unfenced':
      if (wantFence) return wantShutDown ? 'shutdownNow' : 'fenced';
      if (!wantShutDown) return 'unfenced';
      return leads(state, id) ? 'controlledShutdown' : 'shutdownNow';
    case 'controlledShutdown': {
      // Every serving broker must know the new leaders before this one goes away.
      const othersKnow = state.sessions.shutdownOffset(id) <= state.sessions.lowestActiveOffset();
      return !leads(state, id) && othersKnow ? 'shutdownNow' : 'controlledShutdown';
    }
    case 'shutdownNow':
      return 'shutdownNow';
  }
}

function transition(
  state: ControllerState,
  { id, epoch }: BrokerImage,
  next: BrokerState,
): MetadataRecord[] {
  switch (next) {
    case 'fenced':
    case 'shutdownNow':
      return fenceBroker(state, id, epoch);
    case 'unfenced':
      return unfenceBroker(state, id, epoch);
    case 'controlledShutdown':
      return startControlledShutdown(state, id, epoch);
  }
}

function directoryRecords(
  state: ControllerState,
  broker: BrokerImage,
  { offlineLogDirs, cordonedLogDirs }: Request,
): MetadataRecord[] {
  const { metadataVersion } = state.image.features;
  if (metadataVersion < SINCE.DIRECTORY_ASSIGNMENT) return [];
  const records = directoriesFailed(state, broker.id, offlineLogDirs);
  if (metadataVersion >= SINCE.CORDONED_DIRECTORIES && cordonedLogDirs !== null) {
    const known = broker.cordonedDirectories;
    const isSame =
      known?.length === cordonedLogDirs.length && cordonedLogDirs.every((id) => known.includes(id));
    if (!isSame) records.push(registrationChange(broker, { cordonedLogDirs }));
  }
  return records;
}
