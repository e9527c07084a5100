import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startListening } from './listen.ts';

describe('startListening', () => {
  let server: Server;
  afterEach(() => server.close());

  async function bound(host: string): Promise<AddressInfo> {
    startListening(server, { host, port: 0 });
    await once(server, 'listening');
    return server.address() as AddressInfo;
  }

  it.each([
    ['127.0.0.1', 'IPv4', '127.0.0.1'],
    ['::1', 'IPv6', '::1'],
    ['localhost', expect.any(String), expect.stringMatching(/^(127\.0\.0\.1|::1)$/)],
    ['', expect.any(String), expect.stringMatching(/^(0\.0\.0\.0|::)$/)],
  ])('listens at %j, as Node by itself would', async (host, family, address) => {
    server = createServer();
    expect(await bound(host)).toMatchObject({ family, address });
    server.close();
    // A Node without the undocumented call.
    server = Object.assign(createServer(), { _listen2: undefined });
    expect(await bound(host)).toMatchObject({ family, address });
  });

  it('says that an address is in use', async () => {
    server = createServer();
    const { port } = await bound('127.0.0.1');
    const second = createServer();
    startListening(second, { host: '127.0.0.1', port });
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(error).toMatchObject({ code: 'EADDRINUSE', port });
  });
});
