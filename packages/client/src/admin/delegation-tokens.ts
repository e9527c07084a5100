import type { ResponseOutput } from '@tidelog/protocol';
import type { CallOptions } from '../cluster/cluster.ts';
import type { AdminCalls } from './admin-calls.ts';
import { checkAnswer } from './check-answer.ts';

/** As `User:alice`. */
export interface Principal {
  readonly type: string;
  readonly name: string;
}

export interface DelegationTokenInfo {
  readonly tokenId: string;
  readonly owner: Principal;
  /** Who asked for it; the owner where the broker does not tell (before Kafka 3.3). */
  readonly requester: Principal;
  /** Who may prolong it beside the owner. */
  readonly renewers: readonly Principal[];
  /** Milliseconds since 1970. */
  readonly issueTimestamp: number;
  readonly expiryTimestamp: number;
  /** It cannot be prolonged beyond. */
  readonly maxTimestamp: number;
}

export interface DelegationToken {
  readonly info: DelegationTokenInfo;
  /** The secret: the password for SCRAM, where the user's name is the token's id. */
  readonly hmac: Buffer;
}

export interface CreateTokenOptions extends CallOptions {
  /** For someone else than the principal that asks (Kafka 3.3). */
  readonly owner?: Principal | undefined;
  readonly renewers?: readonly Principal[] | undefined;
  /** The broker's `delegation.token.max.lifetime.ms` when left out. */
  readonly maxLifetimeMs?: number | undefined;
}

export interface DescribeTokensOptions extends CallOptions {
  /** Only tokens of these; of all that may be seen when left out. */
  readonly owners?: readonly Principal[] | undefined;
}

/** What an admin does with delegation tokens (KIP-48). */
export function delegationTokenOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    createDelegationToken: (options: CreateTokenOptions = {}): Promise<DelegationToken> => {
      const { owner, renewers = [] } = options;
      return calls.once(async () => {
        const response = await cluster.sendToAny('CreateDelegationToken', {
          // No name is that of the principal that asks; brokers before Kafka 3.3 know no other.
          ...(owner && { ownerPrincipalType: owner.type, ownerPrincipalName: owner.name }),
          renewers: renewers.map(principalFields),
          maxLifetimeMs: options.maxLifetimeMs ?? -1,
        });
        checkAnswer(response, 'delegation token');
        const { issueTimestampMs, expiryTimestampMs, maxTimestampMs } = response;
        return token({
          ...response,
          issueTimestamp: issueTimestampMs,
          expiryTimestamp: expiryTimestampMs,
          maxTimestamp: maxTimestampMs,
          renewers: renewers.map(principalFields),
        });
      }, options);
    },

    /**
     * Prolongs a token by this long from now, or by the broker's `delegation.token.expiry.time.ms`;
     * resolves to when it expires (milliseconds since 1970).
     */
    renewDelegationToken: (
      hmac: Uint8Array,
      options: CallOptions & { readonly renewPeriodMs?: number | undefined } = {},
    ): Promise<number> =>
      calls.once(async () => {
        const renewPeriodMs = options.renewPeriodMs ?? -1;
        const response = await cluster.sendToAny('RenewDelegationToken', { hmac, renewPeriodMs });
        checkAnswer(response, 'delegation token');
        return response.expiryTimestampMs;
      }, options),

    /** Ends a token, at once or after this long; resolves to when it expires (milliseconds since 1970). */
    expireDelegationToken: (
      hmac: Uint8Array,
      options: CallOptions & { readonly expiryPeriodMs?: number | undefined } = {},
    ): Promise<number> =>
      calls.once(async () => {
        const expiryTimePeriodMs = options.expiryPeriodMs ?? -1;
        const request = { hmac, expiryTimePeriodMs };
        const response = await cluster.sendToAny('ExpireDelegationToken', request);
        checkAnswer(response, 'delegation token');
        return response.expiryTimestampMs;
      }, options),

    describeDelegationTokens: (options: DescribeTokensOptions = {}): Promise<DelegationToken[]> =>
      calls.once(async () => {
        const owners = options.owners?.map(principalFields) ?? null;
        const response = await cluster.sendToAny('DescribeDelegationToken', { owners });
        checkAnswer(response, 'delegation tokens');
        return response.tokens.map(token);
      }, options),
  };
}

function principalFields({ type, name }: Principal) {
  return { principalType: type, principalName: name };
}

function token(
  fields: ResponseOutput<'DescribeDelegationToken'>['tokens'][number],
): DelegationToken {
  const owner = { type: fields.principalType, name: fields.principalName };
  const requester = {
    type: fields.tokenRequesterPrincipalType,
    name: fields.tokenRequesterPrincipalName,
  };
  const info = {
    tokenId: fields.tokenId,
    owner,
    requester: requester.name === '' ? owner : requester,
    renewers: fields.renewers.map(({ principalType, principalName }) => ({
      type: principalType,
      name: principalName,
    })),
    issueTimestamp: fields.issueTimestamp,
    expiryTimestamp: fields.expiryTimestamp,
    maxTimestamp: fields.maxTimestamp,
  };
  return { info, hmac: fields.hmac };
}
