import { ConnectionError } from '@tidelog/network';
import type { Address } from '@tidelog/platform';
import { KafkaClientError } from '../client-error.ts';

/** What is wrong with certificates, by what the codes of Node and OpenSSL have in them. */
const tlsFailures: readonly (readonly [RegExp, string])[] = [
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE/,
    'no authority that this client trusts has signed its certificate; pass the certificate of the authority that did as `ssl.ca`',
  ],
  [
    /ALTNAME_INVALID/,
    'its certificate is for other hosts; connect by a name that is in it, or pass that as `ssl.servername`',
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    "its certificate is not valid now; renew it, or set this machine's clock",
  ],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|UNSUPPORTED_CERTIFICATE)/,
    'it refused the connection, as brokers do that ask for a certificate; pass one that it trusts as `ssl.cert` and `ssl.key`',
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL/,
    'it does not speak TLS; leave `ssl` out, or connect to the port of its TLS listener',
  ],
  [
    /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_SHARED_CIPHER|NO_CIPHERS/,
    'it and this client have no version of TLS, or no cipher, in common',
  ],
  [
    /PEM|ASN1|CRYPTO_OPERATION_FAILED|ERR_OSSL|ERR_CRYPTO|KEY_VALUES_MISMATCH|BAD_DECRYPT/,
    'the certificates or the key of `ssl` cannot be read; pass them in PEM, with the passphrase of an encrypted key',
  ],
];

/** Why there is no connection, as the client's error. */
export function connectFailure(
  error: Error,
  address: Address,
  isEncrypted: boolean,
): KafkaClientError {
  if (error instanceof KafkaClientError) return error;
  const place = `${address.host}:${address.port}`;
  const cause = error instanceof ConnectionError && error.cause ? (error.cause as Error) : error;
  const tls = isEncrypted ? tlsFailure(cause) : undefined;
  if (tls !== undefined) {
    const message = `no secure connection to ${place}: ${tls} (${cause.message})`;
    return new KafkaClientError('SSL_AUTHENTICATION_FAILED', message, { cause: error });
  }
  const message = `no connection to ${place} (${error.message}); ${adviceOn(error, isEncrypted)}`;
  return new KafkaClientError('NETWORK_EXCEPTION', message, { retriable: true, cause: error });
}

function tlsFailure(error: Error): string | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = `${code} ${error.message.toUpperCase().replaceAll(' ', '_')}`;
  return tlsFailures.find(([pattern]) => pattern.test(words))?.[1];
}

/** Kafka hangs up without a word where one side speaks TLS and the other does not. */
function adviceOn(error: Error, isEncrypted: boolean): string {
  const isReset = (error as NodeJS.ErrnoException).code === 'ECONNRESET';
  if (isEncrypted && isReset) return 'check that its listener expects TLS, or leave `ssl` out';
  const endedAtOnce = error instanceof ConnectionError && error.failure !== 'timed out';
  return !isEncrypted && endedAtOnce
    ? 'check that a Kafka broker listens there, and pass `ssl` where its listener expects TLS'
    : 'check that a broker listens there';
}
