import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer, type TlsOptions as ServerOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Socket } from '../ports/network.ts';
import type { TlsOptions } from '../ports/tls-options.ts';
import { NodeNetwork } from './network.ts';
import { makeCertificate } from './testing/certificates.ts';

const authority = makeCertificate({ name: 'an authority' });
const hosts = ['localhost', 'broker.test', '127.0.0.1'];
const broker = makeCertificate({ name: 'broker', hosts, issuer: authority });
const user = makeCertificate({ name: 'user', hosts: ['user.test'], issuer: authority });

const network = new NodeNetwork();
const servers: Server[] = [];
const sockets: Socket[] = [];

/** A server that sends back what it hears. */
async function serve(options: ServerOptions = {}): Promise<number> {
  const server = createServer({ cert: broker.cert, key: broker.key, ...options }, (tls) => {
    tls.on('error', () => {});
    tls.pipe(tls);
  });
  server.on('tlsClientError', () => {});
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function connect(port: number, tls: TlsOptions, host = '127.0.0.1'): Promise<Socket> {
  const socket = await network.connect({ host, port }, { tls, timeoutMs: 5000 });
  sockets.push(socket);
  return socket;
}

/** Sends a text, and gives what comes back or what ended the connection. */
function echo(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    socket.onData = (chunk) => {
      heard += chunk.toString();
      if (heard.length === text.length) resolve(heard);
    };
    socket.onClose = (error) => reject(error ?? new Error('closed'));
    socket.write([Buffer.from(text)]);
  });
}

const failsWith = (code: string): unknown => expect.objectContaining({ code });

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

describe('connections with TLS', () => {
  it.each(['127.0.0.1', 'localhost'])('go to %s, and carry bytes both ways', async (host) => {
    const socket = await connect(await serve(), { ca: authority.cert }, host);
    const text = 'tide'.repeat(100_000);
    expect(await echo(socket, text)).toBe(text);
    expect(socket.remote.host).toBe('127.0.0.1');
  });

  it('are refused where no trusted authority has signed the certificate', async () => {
    const port = await serve();
    await expect(connect(port, {})).rejects.toEqual(failsWith('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    const other = makeCertificate({ name: 'another authority' });
    await expect(connect(port, { ca: other.cert })).rejects.toThrow(/verify/);
  });

  it('are refused where the certificate is for another host, unless that is asked for', async () => {
    const elsewhere = makeCertificate({ name: 'x', hosts: ['other.test'], issuer: authority });
    const port = await serve({ cert: elsewhere.cert, key: elsewhere.key });
    const ca = authority.cert;
    await expect(connect(port, { ca })).rejects.toEqual(failsWith('ERR_TLS_CERT_ALTNAME_INVALID'));
    const socket = await connect(port, { ca, servername: 'other.test' });
    expect(await echo(socket, 'hello')).toBe('hello');
    await expect(connect(await serve(), { ca, servername: 'other.test' })).rejects.toEqual(
      failsWith('ERR_TLS_CERT_ALTNAME_INVALID'),
    );
  });

  it('are refused where the certificate has expired', async () => {
    const old = makeCertificate({ name: 'old', hosts, issuer: authority, expired: true });
    const port = await serve({ cert: old.cert, key: old.key });
    await expect(connect(port, { ca: authority.cert })).rejects.toEqual(
      failsWith('CERT_HAS_EXPIRED'),
    );
  });

  it('trust anybody only where that is asked for', async () => {
    const socket = await connect(await serve(), { rejectUnauthorized: false });
    expect(await echo(socket, 'hello')).toBe('hello');
  });

  it('show a certificate of their own where the peer wants one', async () => {
    const port = await serve({ ca: authority.cert, requestCert: true });
    const mutual = { ca: authority.cert, cert: user.cert, key: user.key };
    expect(await echo(await connect(port, mutual), 'hello')).toBe('hello');
    // With TLS 1.3 the refusal comes when the connection is there already.
    const refused = connect(port, { ca: authority.cert }).then((socket) => echo(socket, 'hello'));
    await expect(refused).rejects.toThrow(/certificate required/);
  });

  it('say at once that a certificate of their own cannot be read', async () => {
    const port = await serve();
    await expect(connect(port, { ca: authority.cert, cert: 'nonsense', key: user.key }))
      .rejects //
      .toThrow(/PEM/i);
  });

  it('fail where the peer does not speak TLS, or not at all', async () => {
    const plain = createTcpServer((tcp) => tcp.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const silent = createTcpServer((tcp) => void tcp.on('error', () => {}));
    servers.push(plain, silent);
    for (const server of [plain, silent]) await once(server.listen(0, '127.0.0.1'), 'listening');
    const [plainPort, silentPort] = [plain, silent].map((s) => (s.address() as AddressInfo).port);
    await expect(connect(plainPort!, {})).rejects.toThrow(/wrong version number|EPROTO/i);
    const address = { host: '127.0.0.1', port: silentPort! };
    await expect(network.connect(address, { tls: {}, timeoutMs: 20 })).rejects.toEqual(
      failsWith('ETIMEDOUT'),
    );
  });
});
