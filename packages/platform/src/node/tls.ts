import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import type { Address } from '../ports/network.ts';
import type { TlsOptions } from '../ports/tls-options.ts';

/** Certificates are parsed once for all connections that use the same options. */
const contexts = new WeakMap<TlsOptions, SecureContext>();

/**
 * Begins a TLS connection to an address of `host`: 'secureConnect' follows when the peer has proved to
 * be that host, else 'error'.
 * Throws where the options' own certificates and keys cannot be read.
 */
export function connectTls(address: Address, host: string, options: TlsOptions): TLSSocket {
  const expected = options.servername ?? host;
  const socket = connect({
    ...address,
    secureContext: contextOf(options),
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    // Names alone can be sent ahead (SNI); an address is checked all the same.
    ...(isIP(expected) === 0 ? { servername: expected } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
  });
  socket.setNoDelay(true);
  return socket;
}

function contextOf(options: TlsOptions): SecureContext {
  let context = contexts.get(options);
  if (context === undefined) {
    const { ca, cert, key, passphrase, pfx, minVersion, ciphers } = options;
    const given = { ca, cert, key, passphrase, pfx, minVersion, ciphers };
    context = createSecureContext(given as SecureContextOptions);
    contexts.set(options, context);
  }
  return context;
}
