import { api } from '../schema/api.ts';
import { array, bool, int16, int32, string, uint16, uuid } from '../schema/field.ts';

/** A controller registers itself with the active controller. */
export const controllerRegistration = api({
  key: 70,
  name: 'ControllerRegistration',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller'],
  request: () => ({
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    listeners: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: string.nullable(),
  }),
});
