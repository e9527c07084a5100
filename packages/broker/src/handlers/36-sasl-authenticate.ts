import { errors } from '@tidelog/protocol';
import type { Handler } from './handler.ts';

/** Versions 0 to 2: here too late, as the handshake is (`17-sasl-handshake.ts`). */
export const saslAuthenticate: Handler<'SaslAuthenticate'> = () => ({
  errorCode: errors.ILLEGAL_SASL_STATE.code,
  errorMessage: 'SaslAuthenticate request received after successful authentication',
  authBytes: Buffer.alloc(0),
});
