import type { OAuthBearerToken } from './sasl-options.ts';

export interface ClientCredentialsOptions {
  /** Where tokens are given (`sasl.oauthbearer.token.endpoint.url`). */
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the token is to be good for, where the provider asks for that. */
  readonly scope?: string;
  /** Told to brokers beside the token (KIP-342). */
  readonly extensions?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** How to ask; the global one when it is left out. */
  readonly fetch?: typeof fetch;
}

/**
 * Tokens of an OAuth 2 or OpenID Connect provider for OAUTHBEARER, by the client credentials grant
 * (KIP-768).
 *
 * @example
 * const token = clientCredentials({ tokenEndpoint, clientId: 'orders', clientSecret });
 * createClient({ bootstrapServers, ssl: true, sasl: { mechanism: 'OAUTHBEARER', token } });
 */
export function clientCredentials(
  options: ClientCredentialsOptions,
): () => Promise<OAuthBearerToken> {
  const { tokenEndpoint, clientId, clientSecret, scope, extensions } = options;
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) });
  const request = {
    method: 'POST',
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: body.toString(),
  };
  const ask = options.fetch ?? fetch;
  return async () => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? 10_000);
    const response = await ask(tokenEndpoint, { ...request, signal });
    const text = await response.text();
    const answer = answerOf(text);
    if (!response.ok) {
      const { error = 'no reason given', error_description: why } = answer;
      throw new Error(`${tokenEndpoint} answered ${response.status}: ${why ?? error}`);
    }
    const { access_token: value, expires_in: expiresInS } = answer;
    if (typeof value !== 'string') throw new Error(`${tokenEndpoint} gave no access_token`);
    return {
      value,
      ...(typeof expiresInS === 'number' && { lifetimeMs: Date.now() + expiresInS * 1000 }),
      ...(extensions && { extensions }),
    };
  };
}

/** By the names of RFC 6749. */
interface TokenAnswer {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly error?: string;
  readonly error_description?: string;
}

function answerOf(text: string): TokenAnswer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
