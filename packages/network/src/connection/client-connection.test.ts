import type { Clock, Network, Socket } from '@tidelog/platform';
import { apis, Reader, requestHeader } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { encodeResponse } from '../framing/response.ts';
import { ClientConnection, ConnectionError } from './client-connection.ts';

const request = { groupId: 'g', generationId: 1, memberId: 'm' };

/** A connection whose other end is the test's. */
async function connect(maxIdleMs?: number) {
  const written: Buffer[] = [];
  let destroyed = false;
  const socket: Socket = {
    remote: { host: 'b', port: 1 },
    local: { host: 'c', port: 2 },
    onData: () => {},
    onClose: () => {},
    onDrain: () => {},
    room: () => null,
    write: (buffers) => written.push(Buffer.concat(buffers as Buffer[])) > 0,
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {
      destroyed = true;
    },
  };
  const time = { now: 0, timers: [] as { at: number; fire: () => void }[] };
  const clock: Clock = {
    now: () => time.now,
    monotonic: () => time.now,
    setTimer: (delayMs, fire) => {
      const timer = { at: time.now + delayMs, fire };
      time.timers.push(timer);
      return { cancel: () => void time.timers.splice(time.timers.indexOf(timer) >>> 0, 1) };
    },
  };
  const advance = (ms: number): void => {
    time.now += ms;
    for (const { fire } of time.timers.filter(({ at }) => at <= time.now)) fire();
  };
  const network: Network = {
    listen: () => Promise.reject(new Error('not here')),
    connect: () => Promise.resolve(socket),
  };
  const connection = await ClientConnection.connect({
    network,
    clock,
    address: { host: 'b', port: 1 },
    clientId: 'test',
    connectTimeoutMs: 1000,
    requestTimeoutMs: 1000,
    maxResponseBytes: 10_000,
    maxIdleMs,
  });
  let closes = 0;
  connection.onClose = () => void closes++;
  const ids = () =>
    written.map((frame) => requestHeader.read(new Reader(frame, 4), 2).correlationId);
  const answer = (id: number, errorCode = 0): void =>
    socket.onData(Buffer.concat(encodeResponse(apis.Heartbeat, 4, id, { errorCode }) as Buffer[]));
  const send = () => connection.send('Heartbeat', 4, request);
  return { connection, socket, ids, answer, send, advance, state: () => ({ destroyed, closes }) };
}

describe('ClientConnection', () => {
  it('pipelines requests and gives each its response', async () => {
    const { connection, ids, answer, send } = await connect();
    const replies = [send(), send(), send()];
    expect(ids()).toEqual([0, 1, 2]);
    expect(connection.inFlight).toBe(3);
    [10, 11, 12].forEach((errorCode, id) => answer(id, errorCode));
    expect((await Promise.all(replies)).map(({ errorCode }) => errorCode)).toEqual([10, 11, 12]);
    expect(connection.inFlight).toBe(0);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['answers something else', (socket) => socket.onData(Buffer.from([0, 0, 0, 4, 0, 0, 0, 9]))],
    ['cuts a response short', (socket) => socket.onData(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0]))],
    ['promises too much', (socket) => socket.onData(Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
    ['hangs up', (socket) => socket.onClose(new Error('reset'))],
  ])('fails all that is under way when the broker %s', async (_name, misbehave) => {
    const { connection, socket, send, state } = await connect();
    const replies = [send(), send()];
    misbehave(socket);
    for (const reply of replies) await expect(reply).rejects.toBeInstanceOf(ConnectionError);
    expect(state()).toEqual({ destroyed: true, closes: 1 });
    expect(connection.isOpen).toBe(false);
    await expect(send()).rejects.toBeInstanceOf(ConnectionError);
  });

  it.each([
    [4, 700, 700],
    [2, 700, 700],
    [1, 700, 0], // the broker has held the response back
    [4, -5, 0],
  ])('knows for how long it shall pause (version %i, %i ms)', async (version, pause, until) => {
    const { connection, socket } = await connect();
    const reply = connection.send('Heartbeat', version, request);
    const response = { errorCode: 0, throttleTimeMs: pause };
    socket.onData(Buffer.concat(encodeResponse(apis.Heartbeat, version, 0, response) as Buffer[]));
    await reply;
    expect(connection.throttledUntil).toBe(until);
  });

  it('does not wait longer than the request timeout, counted for each request', async () => {
    const { answer, send, advance, connection } = await connect();
    const first = send();
    advance(600);
    const second = send();
    answer(0);
    await first;
    advance(600);
    expect(connection.isOpen).toBe(true);
    advance(400);
    await expect(second).rejects.toMatchObject({ failure: 'timed out' });
  });

  it('lets what expects no response leave before it closes', async () => {
    const { connection, advance, state } = await connect();
    connection.sendOneWay('Heartbeat', 4, request);
    connection.close();
    expect(state()).toEqual({ destroyed: false, closes: 1 });
    advance(1000);
    expect(state().destroyed).toBe(true);
  });

  it('closes when nothing is sent for long, and nothing is awaited', async () => {
    const { connection, answer, send, advance } = await connect(900);
    advance(600);
    const reply = send();
    advance(899);
    answer(0);
    await reply;
    advance(1);
    expect(connection.isOpen).toBe(false);
  });

  it('does not close for idleness while a response is awaited', async () => {
    const { connection, answer, send, advance } = await connect(900);
    const reply = send();
    advance(950);
    expect(connection.isOpen).toBe(true);
    answer(0);
    await reply;
    advance(900);
    expect(connection.isOpen).toBe(false);
  });

  it('reads the refusal of an ApiVersions version as version 0', async () => {
    const { connection, socket } = await connect();
    const asked = connection.send('ApiVersions', 4, {});
    const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 3 }];
    const refusal = { errorCode: 35, apiKeys };
    socket.onData(Buffer.concat(encodeResponse(apis.ApiVersions, 0, 0, refusal) as Buffer[]));
    expect(await asked).toMatchObject({ errorCode: 35, apiKeys });
  });
});
