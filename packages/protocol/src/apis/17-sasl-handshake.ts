import { api } from '../schema/api.ts';
import { array, int16, string } from '../schema/field.ts';

/** Chooses the SASL mechanism. */
export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexible: Number.POSITIVE_INFINITY,
  listeners: ['broker', 'controller'],
  request: () => ({
    mechanism: string,
  }),
  response: () => ({
    errorCode: int16,
    mechanisms: array(string),
  }),
});
