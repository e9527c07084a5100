import { errors } from '@tidelog/protocol';
import type { Handler } from './handler.ts';
import { NO_TIMESTAMP } from './token-request.ts';

/** Versions 1 to 2. Who has not authenticated has no tokens (KIP-48). */
export const renewDelegationToken: Handler<'RenewDelegationToken'> = () => ({
  errorCode: errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
  expiryTimestampMs: NO_TIMESTAMP,
});
