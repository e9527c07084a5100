import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startListening } from './listen.ts';

describe('startListening', () => {
  let server: Server;
  afterEach(() => server.close());

  async function bound(host: string): Promise<AddressInfo> {
    server = createServer();
    startListening(server, { host, port: 0 });
    await once(server, 'listening');
    return server.address() as AddressInfo;
  }

  it.each(['127.0.0.1', '::1', 'localhost', ''])('listens at %j as Node does', async (host) => {
    const own = await bound(host);
    const other = createServer().listen({ host, port: 0 });
    await once(other, 'listening');
    expect(own).toEqual({ ...(other.address() as AddressInfo), port: own.port });
    other.close();
  });

  it('says that an address is in use', async () => {
    const { port } = await bound('127.0.0.1');
    const second = createServer();
    startListening(second, { host: '127.0.0.1', port });
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(error).toMatchObject({ code: 'EADDRINUSE', port });
  });
});
