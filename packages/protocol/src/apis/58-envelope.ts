import { api } from '../schema/api.ts';
import { bytes, int16 } from '../schema/field.ts';

/** Carries the request of a client from a broker to the controller. */
export const envelope = api({
  key: 58,
  name: 'Envelope',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller'],
  request: () => ({
    requestData: bytes,
    requestPrincipal: bytes.nullable(),
    clientHostAddress: bytes,
  }),
  response: () => ({
    responseData: bytes.nullable().default(null),
    errorCode: int16,
  }),
});
