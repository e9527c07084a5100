import { api } from '../schema/api.ts';
import { bytes, int16, int64, string } from '../schema/field.ts';

/** Carries the tokens of a SASL exchange. */
export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker', 'controller'],
  request: () => ({
    authBytes: bytes,
  }),
  response: () => ({
    errorCode: int16,
    errorMessage: string.nullable(),
    authBytes: bytes,
    sessionLifetimeMs: int64.since(1).default(0).ignorable(),
  }),
});
