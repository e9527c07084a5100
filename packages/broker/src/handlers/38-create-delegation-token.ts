import { errors } from '@tidelog/protocol';
import type { Handler } from './handler.ts';
import { ANONYMOUS, NO_TIMESTAMP } from './token-request.ts';

/** Versions 1 to 3. Who has not authenticated gets no token (KIP-48). */
export const createDelegationToken: Handler<'CreateDelegationToken'> = (request) => {
  const isOwnerNamed = (request.ownerPrincipalName ?? '') !== '';
  return {
    errorCode: errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
    principalType: isOwnerNamed ? (request.ownerPrincipalType ?? '') : ANONYMOUS.type,
    principalName: isOwnerNamed ? (request.ownerPrincipalName ?? '') : ANONYMOUS.name,
    tokenRequesterPrincipalType: ANONYMOUS.type,
    tokenRequesterPrincipalName: ANONYMOUS.name,
    issueTimestampMs: NO_TIMESTAMP,
    expiryTimestampMs: NO_TIMESTAMP,
    maxTimestampMs: NO_TIMESTAMP,
    tokenId: '',
    hmac: Buffer.alloc(0),
  };
};
