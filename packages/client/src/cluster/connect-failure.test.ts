import { ConnectionError } from '@tidelog/network';
import { describe, expect, it } from 'vitest';
import { connectFailure } from './connect-failure.ts';

const address = { host: 'broker', port: 9093 };
const failure = (code: string, message = code): Error =>
  Object.assign(new Error(message), { code });

describe('a connection that could not be made', () => {
  it.each<[Error, RegExp]>([
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), /ssl\.ca/],
    [failure('DEPTH_ZERO_SELF_SIGNED_CERT'), /ssl\.ca/],
    [failure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), /ssl\.ca/],
    [failure('ERR_TLS_CERT_ALTNAME_INVALID'), /ssl\.servername/],
    [failure('CERT_HAS_EXPIRED'), /renew/],
    [failure('ERR_SSL_WRONG_VERSION_NUMBER'), /does not speak TLS/],
    [failure('EPROTO', 'write EPROTO error:0A00010B:SSL routines::wrong version number'), /TLS/],
    [failure('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), /ssl\.cert/],
    [failure('ERR_OSSL_PEM_NO_START_LINE'), /cannot be read/],
    [failure('ERR_OSSL_X509_KEY_VALUES_MISMATCH'), /cannot be read/],
    [failure('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), /version of TLS/],
    [
      new ConnectionError('closed', 'x', failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')),
      /ssl\.cert/,
    ],
  ])('says what to do about %s, and is not tried again', (error, advice) => {
    expect(connectFailure(error, address, true)).toMatchObject({
      code: 'SSL_AUTHENTICATION_FAILED',
      retriable: false,
      message: expect.stringMatching(advice),
      cause: error,
    });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND'])(
    'is tried again after %s',
    (code) => {
      for (const isEncrypted of [false, true]) {
        expect(connectFailure(failure(code), address, isEncrypted)).toMatchObject({
          code: 'NETWORK_EXCEPTION',
          retriable: true,
          message: expect.stringContaining('broker:9093'),
        });
      }
    },
  );

  it('hints at TLS where a broker hangs up on plain text', () => {
    const closed = new ConnectionError('closed', 'the connection was closed');
    expect(connectFailure(closed, address, false).message).toMatch(/pass `ssl`/);
    expect(connectFailure(closed, address, true).message).not.toMatch(/pass `ssl`/);
  });
});
