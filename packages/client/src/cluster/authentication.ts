import { type ClientConnection, proveIdentity, SaslError } from '@tidelog/network';
import type { Address, Clock, Random } from '@tidelog/platform';
import { errors } from '@tidelog/protocol';
import { brokerError, KafkaClientError } from '../client-error.ts';
import type { BrokerVersions } from './api-versions.ts';
import type { SaslSettings } from './sasl-options.ts';

/** Part of a session after which its end is forestalled: 85 to 95 %, so that not all come at once. */
const LEAST_USED_SHARE = 0.85;
const SPREAD = 0.1;

export interface AuthenticationOptions {
  readonly address: Address;
  readonly sasl: SaslSettings;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Tells a broker who the client is: a handshake for the mechanism, then its messages. A connection that
 * is authenticated already is authenticated anew, which prolongs its session (KIP-368).
 *
 * Gives the time (monotonic) at which that is due, infinity where sessions do not end. Rejects with
 * SASL_AUTHENTICATION_FAILED and UNSUPPORTED_SASL_MECHANISM, which are not retriable, and with
 * TOKEN_UNAVAILABLE and what happens to connections, which are.
 */
export async function authenticate(
  connection: ClientConnection,
  versions: BrokerVersions,
  options: AuthenticationOptions,
): Promise<number> {
  const { address, sasl, clock, random } = options;
  const subject = `authentication at ${address.host}:${address.port}`;
  const credentials = await sasl.credentials();
  const { mechanism } = credentials;
  const handshake = await connection.send('SaslHandshake', versions.of('SaslHandshake'), {
    mechanism,
  });
  if (handshake.errorCode === errors.UNSUPPORTED_SASL_MECHANISM.code) {
    const offered = handshake.mechanisms.slice(0, 20).join(', ') || 'none';
    throw new KafkaClientError(
      'UNSUPPORTED_SASL_MECHANISM',
      `${subject}: the broker does not offer ${mechanism}; set \`sasl.mechanism\` to one of its own: ${offered}`,
    );
  }
  if (handshake.errorCode !== errors.NONE.code) throw brokerError(handshake.errorCode, subject);
  const version = versions.of('SaslAuthenticate');
  let sessionMs = 0;
  try {
    await proveIdentity(credentials, async (authBytes) => {
      const answer = await connection.send('SaslAuthenticate', version, { authBytes });
      if (answer.errorCode !== errors.NONE.code) {
        throw brokerError(answer.errorCode, subject, answer.errorMessage);
      }
      sessionMs = answer.sessionLifetimeMs;
      return answer.authBytes;
    });
  } catch (error) {
    if (!(error instanceof SaslError)) throw error;
    throw new KafkaClientError('SASL_AUTHENTICATION_FAILED', `${subject}: ${error.message}`, {
      cause: error,
    });
  }
  if (sessionMs <= 0) return Number.POSITIVE_INFINITY;
  const share = LEAST_USED_SHARE + (SPREAD * random.below(1000)) / 1000;
  return clock.monotonic() + sessionMs * share;
}
