import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import { hasNoLeader, leaderAndIsrUpdates, partitionsWhere } from './leader-updates.ts';

type Change = RecordOf<'BrokerRegistrationChange'>;

const FENCE = 1;
const UNFENCE = -1;

/** A change of a broker's registration; what is left out stays. */
export function registrationChange(
  broker: { readonly id: number; readonly epoch: number },
  change: Partial<Pick<Change, 'fenced' | 'inControlledShutdown' | 'logDirs' | 'cordonedLogDirs'>>,
): Change {
  return {
    type: 'BrokerRegistrationChange',
    brokerId: broker.id,
    brokerEpoch: broker.epoch,
    fenced: 0,
    inControlledShutdown: 0,
    logDirs: [],
    cordonedLogDirs: null,
    ...change,
  };
}

/** The broker leaves all ISRs, then it is fenced. */
export function fenceBroker(state: ControllerState, id: number, epoch: number): MetadataRecord[] {
  return [...leaveIsrs(state, id), registrationChange({ id, epoch }, { fenced: FENCE })];
}

/** The broker is unfenced, then it leads what has nobody else. */
export function unfenceBroker(state: ControllerState, id: number, epoch: number): MetadataRecord[] {
  const leaderless = partitionsWhere(state, hasNoLeader);
  return [
    registrationChange({ id, epoch }, { fenced: UNFENCE }),
    ...leaderAndIsrUpdates(state, leaderless, { returning: id }),
  ];
}

/** Others take over what the broker leads, before it stops. */
export function startControlledShutdown(
  state: ControllerState,
  id: number,
  epoch: number,
): MetadataRecord[] {
  const isNew = state.broker(id)?.inControlledShutdown === false;
  const change = registrationChange({ id, epoch }, { inControlledShutdown: 1 });
  return [...(isNew ? [change] : []), ...leaveIsrs(state, id)];
}

/** A new incarnation of a broker: what an unclean stop may have lost decides where it is trusted. */
export function forgetIncarnation(
  state: ControllerState,
  id: number,
  wasClean: boolean,
): MetadataRecord[] {
  if (wasClean || !state.image.features.isElrEnabled) return leaveIsrs(state, id);
  const trusted = partitionsWhere(state, ({ isr, elr }) => isr.includes(id) || elr.includes(id));
  return leaderAndIsrUpdates(state, trusted, { unclean: id });
}

export function unregisterRecords(
  state: ControllerState,
  id: number,
  epoch: number,
): MetadataRecord[] {
  const trusted = partitionsWhere(state, ({ isr, elr }) => isr.includes(id) || elr.includes(id));
  return [
    ...leaderAndIsrUpdates(state, trusted, { leaving: id }),
    { type: 'UnregisterBroker', brokerId: id, brokerEpoch: epoch },
  ];
}

/** Directories failed: their replicas leave the ISRs, and the registration names what is left. */
export function directoriesFailed(
  state: ControllerState,
  id: number,
  failed: readonly string[],
): MetadataRecord[] {
  const broker = state.broker(id);
  const lost = broker?.directories.filter((directory) => failed.includes(directory)) ?? [];
  if (broker === undefined || lost.length === 0) return [];
  const affected = partitionsWhere(state, ({ isr, replicas, directories }) => {
    const directory = directories[replicas.indexOf(id)];
    return isr.includes(id) && directory !== undefined && lost.includes(directory);
  });
  const logDirs = broker.directories.filter((directory) => !lost.includes(directory));
  return [
    ...leaderAndIsrUpdates(state, affected, { leaving: id }),
    registrationChange(broker, { logDirs }),
  ];
}

function leaveIsrs(state: ControllerState, id: number): MetadataRecord[] {
  const inSync = partitionsWhere(state, ({ isr }) => isr.includes(id));
  return leaderAndIsrUpdates(state, inSync, { leaving: id });
}
