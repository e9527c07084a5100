import { errors } from '@tidelog/protocol';
import type { Handler } from './handler.ts';

/**
 * Versions 0 to 1. The handshake belongs before all else on a SASL listener; a handler is reached
 * only by clients that are through with it or need none.
 */
export const saslHandshake: Handler<'SaslHandshake'> = () => ({
  errorCode: errors.ILLEGAL_SASL_STATE.code,
  mechanisms: [],
});
