import { connect, type Socket as NodeSocket } from 'node:net';
import { nodePlatform } from '@tidelog/platform';
import { apis, Reader } from '@tidelog/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { FrameReader } from '../framing/frame-reader.ts';
import { encodeRequest } from '../framing/request.ts';
import { type ListenOptions, type RequestContext, type ServedApi, Server } from './server.ts';

const api = apis.Heartbeat;
const request = { groupId: 'g', generationId: 1, memberId: 'm' };
const frame = (correlationId: number, version = 4) =>
  Buffer.concat(encodeRequest(api, { version, correlationId, clientId: 'test' }, request));

const open: Server[] = [];
const sockets: NodeSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(
  handle: ServedApi['handle'],
  options: Partial<ListenOptions> = {},
): Promise<Server> {
  const { network, clock } = nodePlatform();
  const server = await Server.listen(network, {
    address: { host: '127.0.0.1', port: 0 },
    listenerName: 'PLAINTEXT',
    clock,
    apis: new Map([[api.key, { api, versions: [0, 4], handle }]]),
    maxRequestBytes: 10_000,
    maxIdleMs: 0,
    maxConnections: 10,
    maxInFlight: 4,
    onProtocolError: () => {},
    onFault: () => {},
    ...options,
  });
  server.open();
  open.push(server);
  return server;
}

/** A raw client: what it received, and whether it was hung up on. */
async function client(server: Server) {
  const socket = connect(server.address.port, '127.0.0.1');
  sockets.push(socket);
  const frames = new FrameReader(1 << 20);
  const correlationIds: number[] = [];
  let wake = () => {};
  const changed = () => wake();
  const state = { closed: false };
  socket.on('data', (chunk) => {
    frames.push(chunk);
    for (let body = frames.next(); body !== null; body = frames.next()) {
      correlationIds.push(new Reader(body).int32());
    }
    frames.keep();
    changed();
  });
  socket.on('close', () => {
    state.closed = true;
    changed();
  });
  socket.on('error', () => {});
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  };
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { socket, correlationIds, state, until };
}

describe('Server', () => {
  it('answers pipelined requests in their order, whatever the order in which they are done', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((_request, context: RequestContext) => {
      if (context.correlationId % 2 === 0) return { errorCode: 0 };
      return new Promise((resolve) => waiting.push(() => resolve({ errorCode: 0 })));
    });
    const { socket, correlationIds, until } = await client(server);
    socket.write(Buffer.concat([frame(1), frame(2), frame(3), frame(4)]));
    while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(correlationIds).toEqual([]);
    waiting[1]!();
    waiting[0]!();
    await until(() => correlationIds.length === 4);
    expect(correlationIds).toEqual([1, 2, 3, 4]);
  });

  it('has no more requests under way than allowed, and goes on when replies leave', async () => {
    let running = 0;
    let most = 0;
    const server = await serve(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return { errorCode: 0 };
    });
    const { socket, correlationIds, until } = await client(server);
    socket.write(Buffer.concat(Array.from({ length: 500 }, (_, i) => frame(i))));
    await until(() => correlationIds.length === 500);
    expect(correlationIds).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(most).toBeLessThanOrEqual(4);
  });

  it.each([
    ['an unknown API', Buffer.from([0, 0, 0, 8, 0x03, 0xe7, 0, 0, 0, 0, 0, 1])],
    ['an unknown version', Buffer.from([0, 0, 0, 8, 0, 12, 0, 99, 0, 0, 0, 1])],
    ['a frame of no bytes', Buffer.from([0, 0, 0, 0])],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a length above the limit', Buffer.from([0, 0, 0x27, 0x11])],
    ['a truncated body', Buffer.from([0, 0, 0, 10, 0, 12, 0, 0, 0, 0, 0, 1, 0xff, 0xff])],
  ])('hangs up on %s, and tells it once', async (_name, bytes) => {
    const told: string[] = [];
    const server = await serve(() => ({ errorCode: 0 }), {
      onProtocolError: (_connection, error) => told.push(error.message),
    });
    const { socket, state, until } = await client(server);
    socket.write(bytes);
    await until(() => state.closed);
    expect(told).toHaveLength(1);
  });

  it('closes the connection when a handler throws or rejects, and goes on with the others', async () => {
    const faults: string[] = [];
    const server = await serve(
      (_request, context) => {
        if (context.correlationId === 1) throw new Error('thrown');
        if (context.correlationId === 2) return Promise.reject(new Error('rejected'));
        return { errorCode: 0 };
      },
      { onFault: (_api, error) => faults.push(error.message) },
    );
    for (const id of [1, 2]) {
      const bad = await client(server);
      bad.socket.write(frame(id));
      await bad.until(() => bad.state.closed);
    }
    const good = await client(server);
    good.socket.write(frame(3));
    await good.until(() => good.correlationIds.length === 1);
    expect(faults).toEqual(['thrown', 'rejected']);
  });

  it('tells a handler when its response has left, or never will', async () => {
    const sent: number[] = [];
    let answerLate: (response: unknown) => void = () => {};
    const server = await serve((_request, context) => {
      const { correlationId } = context;
      context.onReleased = () => sent.push(correlationId);
      if (correlationId === 4) return new Promise((resolve) => (answerLate = resolve));
      if (correlationId === 5) socket.destroy();
      return correlationId === 2 ? Promise.resolve({ errorCode: 0 }) : { errorCode: 0 };
    });
    const { socket, correlationIds, until } = await client(server);
    socket.write(Buffer.concat([frame(1), frame(2), frame(3)]));
    await until(() => correlationIds.length === 3);
    const released = async (count: number) => {
      while (sent.length < count) await new Promise((resolve) => setImmediate(resolve));
    };
    await released(3);
    expect(sent).toEqual([1, 2, 3]);
    socket.write(Buffer.concat([frame(4), frame(5)]));
    await released(4);
    answerLate({ errorCode: 0 });
    await released(5);
    expect(sent).toEqual([1, 2, 3, 5, 4]);
  });

  it('reads nothing more of a connection that a handler has paused, until it resumes it', async () => {
    const handled: number[] = [];
    let resume = () => {};
    const server = await serve((_request, context) => {
      handled.push(context.correlationId);
      if (context.correlationId === 1) resume = context.pause();
      return { errorCode: 0 };
    });
    const paused = await client(server);
    paused.socket.write(Buffer.concat([frame(1), frame(2)]));
    await paused.until(() => paused.correlationIds.length === 1);
    paused.socket.write(frame(3));
    const other = await client(server);
    other.socket.write(frame(4));
    await other.until(() => other.correlationIds.length === 1);
    expect(handled).toEqual([1, 4]);
    resume();
    await paused.until(() => paused.correlationIds.length === 3);
    expect(paused.correlationIds).toEqual([1, 2, 3]);
  });

  it('lets accepted connections wait until it is opened', async () => {
    const { network, clock } = nodePlatform();
    let handled = 0;
    const server = await Server.listen(network, {
      address: { host: '127.0.0.1', port: 0 },
      listenerName: 'PLAINTEXT',
      clock,
      apis: new Map([
        [
          api.key,
          {
            api,
            versions: [0, 4] as const,
            handle: () => {
              handled++;
              return { errorCode: 0 };
            },
          },
        ],
      ]),
      maxRequestBytes: 10_000,
      maxIdleMs: 0,
      maxConnections: 10,
      maxInFlight: 4,
      onProtocolError: () => {},
      onFault: () => {},
    });
    open.push(server);
    const early = await client(server);
    early.socket.write(frame(7));
    while (server.connectionCount === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toBe(0);
    server.open();
    await early.until(() => early.correlationIds.length === 1);
    expect(early.correlationIds).toEqual([7]);
  });
});
