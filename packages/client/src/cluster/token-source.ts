import type { Clock } from '@tidelog/platform';
import { KafkaClientError } from '../client-error.ts';
import type { OAuthBearerToken } from './sasl-options.ts';

/** How much of a token's time is used (`sasl.login.refresh.window.factor`). */
const USED_SHARE = 0.8;

/** The tokens of one client: asked for when they are needed, and shared while they are fresh. */
export class TokenSource {
  readonly #provide: () => OAuthBearerToken | Promise<OAuthBearerToken>;
  readonly #clock: Clock;
  #asking: Promise<OAuthBearerToken> | null = null;
  #kept: OAuthBearerToken | null = null;
  /** Clock.now() from which on the kept token is not used any more. */
  #keptUntil = 0;

  constructor(provide: () => OAuthBearerToken | Promise<OAuthBearerToken>, clock: Clock) {
    this.#provide = provide;
    this.#clock = clock;
  }

  /** Rejects with TOKEN_UNAVAILABLE, retriable, when the user's function throws. */
  token(): Promise<OAuthBearerToken> {
    if (this.#kept !== null && this.#clock.now() < this.#keptUntil) {
      return Promise.resolve(this.#kept);
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<OAuthBearerToken> {
    this.#kept = null;
    try {
      const token = await this.#provide();
      if (typeof token?.value !== 'string') throw new Error('it gave no `value`');
      const now = this.#clock.now();
      this.#kept = token;
      this.#keptUntil = now + USED_SHARE * ((token.lifetimeMs ?? now) - now);
      return token;
    } catch (error) {
      throw new KafkaClientError(
        'TOKEN_UNAVAILABLE',
        `\`sasl.token\` failed (${(error as Error)?.message ?? error}); check where it gets tokens from`,
        { retriable: true, cause: error },
      );
    }
  }
}
