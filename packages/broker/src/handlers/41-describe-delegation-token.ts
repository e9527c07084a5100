import { errors } from '@tidelog/protocol';
import type { Handler } from './handler.ts';

/** Versions 1 to 3. Who has not authenticated has no tokens (KIP-48). */
export const describeDelegationToken: Handler<'DescribeDelegationToken'> = () => ({
  errorCode: errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
  tokens: [],
});
