import { errors, type RequestOf } from '@tidelog/protocol';
import type { RecordOf } from '../records/metadata-record.ts';
import { METADATA_VERSION_FEATURE, SINCE } from '../records/record-versions.ts';
import { forgetIncarnation } from './broker-transitions.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision, Moment } from './decision.ts';
import { isReservedId } from '../image/reserved-ids.ts';
import { Refusal } from './refusal.ts';

type Request = RequestOf<'BrokerRegistration'>;

/**
 * BrokerRegistration. A new incarnation is given a new epoch, starts fenced and loses its place in
 * ISRs; the same incarnation only amends what it said of itself.
 */
export function registerBroker(
  state: ControllerState,
  request: Request,
  at: Moment,
): Decision<'BrokerRegistration'> {
  const { brokerId: id } = request;
  const refusal = registrationRefusal(state, request, at.now);
  if (refusal !== undefined) {
    return { records: [], reply: { throttleTimeMs: 0, errorCode: refusal.error.code } };
  }
  const existing = state.broker(id);
  const isNew = existing?.incarnationId !== request.incarnationId;
  const wasClean = existing === undefined || existing.epoch === request.previousBrokerEpoch;
  const brokerEpoch = isNew ? at.nextOffset : (existing?.epoch ?? at.nextOffset);
  const record: RecordOf<'RegisterBroker'> = {
    type: 'RegisterBroker',
    brokerId: id,
    isMigratingZkBroker: false,
    incarnationId: request.incarnationId,
    brokerEpoch,
    endPoints: request.listeners,
    features: request.features,
    rack: request.rack,
    fenced: isNew || (existing?.fenced ?? true),
    inControlledShutdown: !isNew && (existing?.inControlledShutdown ?? false),
    logDirs: hasDirectories(state) ? request.logDirs : [],
    cordonedLogDirs: null,
  };
  const cleanUp = isNew ? forgetIncarnation(state, id, wasClean) : [];
  if (isNew) state.sessions.remove(id);
  state.sessions.register(id, record.fenced);
  // The registration comes last: without it the broker registers again, and the rest is done again.
  return {
    records: [...cleanUp, record],
    reply: { throttleTimeMs: 0, errorCode: errors.NONE.code, brokerEpoch },
  };
}

function hasDirectories(state: ControllerState): boolean {
  return state.image.features.metadataVersion >= SINCE.DIRECTORY_ASSIGNMENT;
}

function registrationRefusal(
  state: ControllerState,
  request: Request,
  now: number,
): Refusal | undefined {
  if (request.clusterId !== state.clusterId) return new Refusal('INCONSISTENT_CLUSTER_ID');
  const existing = state.broker(request.brokerId);
  const othersSession =
    existing !== undefined &&
    existing.incarnationId !== request.incarnationId &&
    state.sessions.isAlive(existing.id, existing.epoch, now);
  if (othersSession) return new Refusal('DUPLICATE_BROKER_REGISTRATION');
  if (request.isMigratingZkBroker) return new Refusal('BROKER_ID_NOT_REGISTERED');
  if (hasDirectories(state) && !areDirectoriesValid(state, request)) {
    return new Refusal('INVALID_REGISTRATION');
  }
  return featuresRefusal(state, request);
}

function areDirectoriesValid(state: ControllerState, request: Request): boolean {
  const { brokerId, logDirs } = request;
  if (logDirs.length === 0 || new Set(logDirs).size !== logDirs.length) return false;
  if (logDirs.some(isReservedId)) return false;
  for (const other of state.image.cluster.brokers.values()) {
    if (other.id === brokerId) continue;
    if (other.directories.some((directory) => logDirs.includes(directory))) return false;
  }
  return true;
}

/** The broker must be able to run every feature at the level that the cluster has finalized. */
function featuresRefusal(state: ControllerState, request: Request): Refusal | undefined {
  const { features } = state.image;
  const offered = new Map(request.features.map((feature) => [feature.name, feature]));
  for (const { name, minSupportedVersion: min, maxSupportedVersion: max } of offered.values()) {
    const level =
      name === METADATA_VERSION_FEATURE ? features.metadataVersion : features.level(name);
    if (level < min || level > max) return new Refusal('UNSUPPORTED_VERSION');
  }
  if (!offered.has(METADATA_VERSION_FEATURE)) return new Refusal('INVALID_REGISTRATION');
  const missing = [...features.levels.keys()].find((name) => !offered.has(name));
  return missing === undefined ? undefined : new Refusal('UNSUPPORTED_VERSION');
}
