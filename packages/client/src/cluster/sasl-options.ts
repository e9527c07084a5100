import type { BearerToken, SaslCredentials } from '@tidelog/network';
import type { Clock } from '@tidelog/platform';
import { invalidArgument } from '../client-error.ts';
import { TokenSource } from './token-source.ts';

/** A token for OAUTHBEARER (KIP-255). */
export interface OAuthBearerToken extends BearerToken {
  /**
   * When it expires, in milliseconds since 1970, as Java's `OAuthBearerToken.lifetimeMs()`. It is used
   * for all connections until 80 % of its time have passed. Without it each connection asks anew.
   */
  readonly lifetimeMs?: number | undefined;
}

/**
 * Who the client is.
 *
 * @example
 * const sasl = { mechanism: 'SCRAM-SHA-512', username: 'orders', password: process.env.PASSWORD };
 * @example
 * const sasl = { mechanism: 'OAUTHBEARER', token: async () => ({ value: await fetchToken() }) };
 */
export type SaslOptions =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      /** Gives a token that is valid now; asked when one is needed, one call at a time. */
      readonly token: () => OAuthBearerToken | Promise<OAuthBearerToken>;
    };

export interface SaslSettings {
  readonly mechanism: SaslCredentials['mechanism'];
  /** What proves it now; rejects with TOKEN_UNAVAILABLE. */
  credentials(): Promise<SaslCredentials>;
}

export function saslSettings(options: SaslOptions, clock: Clock): SaslSettings {
  const { mechanism } = options;
  switch (mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512': {
      const { username, password } = options;
      if (typeof username !== 'string' || typeof password !== 'string') {
        throw invalidArgument(`\`sasl\` with ${mechanism} needs a \`username\` and a \`password\``);
      }
      const credentials = Promise.resolve({ mechanism, username, password });
      return { mechanism, credentials: () => credentials };
    }
    case 'OAUTHBEARER': {
      if (typeof options.token !== 'function') {
        throw invalidArgument('`sasl` with OAUTHBEARER needs `token`, a function that gives one');
      }
      const source = new TokenSource(options.token, clock);
      return { mechanism, credentials: async () => ({ mechanism, token: await source.token() }) };
    }
    default:
      throw invalidArgument(
        `\`sasl.mechanism\` is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, not ${String(mechanism)}`,
      );
  }
}
