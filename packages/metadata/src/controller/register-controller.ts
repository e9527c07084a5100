import type { RequestOf } from '@tidelog/protocol';
import { SINCE } from '../records/record-versions.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

/** ControllerRegistration (KIP-919): a controller tells where it listens and what it can run. */
export function registerController(
  state: ControllerState,
  request: RequestOf<'ControllerRegistration'>,
): Decision<'ControllerRegistration'> {
  if (state.image.features.metadataVersion < SINCE.CONTROLLER_REGISTRATION) {
    const message = 'The metadata.version is too old to support controller registrations.';
    const refusal = new Refusal('UNSUPPORTED_VERSION', message);
    return { records: [], reply: { throttleTimeMs: 0, ...errorFields(refusal) } };
  }
  const { controllerId, incarnationId, listeners: endPoints, features } = request;
  return {
    records: [
      {
        type: 'RegisterController',
        controllerId,
        incarnationId,
        zkMigrationReady: false,
        endPoints,
        features,
      },
    ],
    reply: { throttleTimeMs: 0, ...errorFields() },
  };
}
