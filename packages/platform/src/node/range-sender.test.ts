import { once } from 'node:events';
import { mkdtempSync, openSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { connect, type Socket as TcpSocket } from 'node:net';
import { createServer } from 'node:tls';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { DiskFile, FileRange } from '../ports/disk.ts';
import type { AcceptOptions, Listener, Piece, Socket } from '../ports/network.ts';
import { NodeDisk } from './disk.ts';
import type { NodeFileRange } from './file-range.ts';
import { NodeFile } from './file.ts';
import { native } from './native.ts';
import { NodeNetwork } from './network.ts';
import { makeCertificate } from './testing/certificates.ts';

const root = mkdtempSync(join(tmpdir(), 'tidelog-ranges-'));
afterAll(() => rmSync(root, { recursive: true }));
const disk = new NodeDisk();
const SIZE = 6_000_000;
const content = Buffer.alloc(SIZE);
for (let at = 0; at < SIZE; at += 4) content.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);

let files = 0;
const newFile = (): DiskFile => {
  const file = disk.open(join(root, `${files++}`), 'create');
  file.write(content, 0);
  return file;
};
const shared = newFile();

/** A range that no kernel can send, as of a disk that is not Node's. */
function readRange(file: DiskFile, position: number, length: number): FileRange {
  return {
    length,
    read: (target, at) => file.read(target, 0, target.length, position + at),
    release() {},
  };
}

const ways = [
  ['by the kernel', (file: DiskFile, at: number, size: number) => file.range(at, size)!],
  ['through memory', readRange],
] as const;
const possible = ways.filter(([name]) => native !== null || name === 'through memory');

const open: (Listener | TcpSocket)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of open.splice(0)) await ('close' in one ? one.close() : one.destroy());
});

/** Both ends of a connection: ours, and one that reads nothing until it is asked to. */
async function pair(options?: AcceptOptions): Promise<{ socket: Socket; peer: TcpSocket }> {
  let accept!: (socket: Socket) => void;
  const accepted = new Promise<Socket>((resolve) => (accept = resolve));
  const network = new NodeNetwork();
  const place = { host: '127.0.0.1', port: 0 };
  const listener = await network.listen(place, (one) => accept(one), options);
  const peer = connect({ port: listener.address.port, host: '127.0.0.1' });
  peer.pause();
  peer.on('error', () => {});
  open.push(listener, peer);
  return { socket: await accepted, peer };
}

/** What the peer hears until it has so much or the connection ends. */
function heard(peer: TcpSocket, sizeBytes: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = () => resolve(Buffer.concat(chunks));
    peer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= sizeBytes) done();
    });
    peer.on('close', done);
    peer.resume();
  });
}

const isOpen = (path: string): boolean =>
  readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false; // closed meanwhile
    }
  });

describe.each(possible)('ranges of files, sent %s', { timeout: 30_000 }, (_name, rangeOf) => {
  const buffer = fc.nat(3000).map((size) => ({ at: 0, size, isRange: false }));
  const range = fc
    .record({ at: fc.nat(SIZE / 2), size: fc.integer({ min: 1, max: SIZE / 4 }) })
    .map((place) => ({ ...place, isRange: true }));
  const writes = fc.array(fc.array(fc.oneof(buffer, range), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 6,
  });

  it('arrive whole and in order, among buffers, however slowly they are read', async () => {
    await fc.assert(
      fc.asyncProperty(writes, fc.boolean(), async (history, readsFirst) => {
        const { socket, peer } = await pair();
        const expected = history.flat().map(({ at, size }) => content.subarray(at, at + size));
        const total = expected.reduce((sum, { length }) => sum + length, 0);
        const all = readsFirst ? heard(peer, total) : null;
        const released: number[] = [];
        let allReleased!: () => void;
        const isReleased = new Promise<void>((resolve) => (allReleased = resolve));
        for (const [i, pieces] of history.entries()) {
          const given: Piece[] = pieces.map(({ at, size, isRange }) =>
            isRange ? rangeOf(shared, at, size) : content.subarray(at, at + size),
          );
          socket.write(given, () => {
            if (released.push(i) === history.length) allReleased();
          });
          if (i % 2 === 1) await new Promise(setImmediate);
        }
        const received = await (all ?? heard(peer, total));
        expect(received.equals(Buffer.concat(expected))).toBe(true);
        await isReleased;
        expect(released.toSorted((a, b) => a - b)).toEqual(history.map((_, i) => i));
        socket.destroy();
        peer.destroy();
      }),
      { numRuns: 8 },
    );
  });

  it('make the writer wait, and tell when there is room', async () => {
    const { socket, peer } = await pair();
    expect(socket.write([rangeOf(shared, 0, 1)])).toBe(true);
    expect(socket.write([rangeOf(shared, 1, SIZE - 1)])).toBe(false);
    const drained = new Promise<void>((resolve) => (socket.onDrain = resolve));
    const received = heard(peer, SIZE);
    await drained;
    expect(socket.write([Buffer.from('x')])).toBe(true);
    expect((await received).subarray(0, SIZE).equals(content)).toBe(true);
  });

  it('go before the end, and nothing comes behind it', async () => {
    const { socket, peer } = await pair();
    socket.write([rangeOf(shared, 0, SIZE)]);
    socket.end();
    let released = false;
    expect(socket.write([Buffer.from('late')], () => (released = true))).toBe(true);
    expect(released).toBe(true);
    expect((await heard(peer, Number.POSITIVE_INFINITY)).equals(content)).toBe(true);
  });

  it('are released when the peer goes away', async () => {
    const { socket, peer } = await pair();
    const closed = new Promise<void>((resolve) => (socket.onClose = () => resolve()));
    let released = 0;
    socket.write([rangeOf(shared, 0, SIZE)], () => released++);
    socket.write([Buffer.from('x')], () => released++);
    socket.write([rangeOf(shared, 0, SIZE)], () => released++);
    expect(released).toBe(0);
    peer.resetAndDestroy();
    await closed;
    expect(released).toBe(3);
  });

  it('end the connection when the file has become shorter', async () => {
    const file = newFile();
    const { socket, peer } = await pair();
    const closed = new Promise<Error | undefined>((resolve) => (socket.onClose = resolve));
    let released = false;
    socket.write([rangeOf(file, 0, SIZE)], () => (released = true));
    socket.write([Buffer.from('never')]);
    file.truncate(SIZE - 1);
    const received = await heard(peer, SIZE);
    expect(received.length).toBeLessThan(SIZE);
    expect((await closed)?.message).toContain('ended before');
    expect(released).toBe(true);
    file.close();
  });
});

describe.skipIf(native === null || process.platform !== 'linux')('a range of a file', () => {
  it('keeps it open until it is released, though it is closed and deleted', async () => {
    const file = newFile();
    const range = file.range(5, SIZE - 5)!;
    const other = file.range(0, 1)!;
    file.close();
    disk.unlink(file.path);
    const { socket, peer } = await pair();
    const received = heard(peer, SIZE - 5);
    await new Promise<void>((resolve) => void socket.write([range], resolve));
    expect((await received).equals(content.subarray(5))).toBe(true);
    range.release();
    range.release();
    expect(isOpen(file.path)).toBe(true);
    other.release();
    expect(isOpen(file.path)).toBe(false);
    expect(() => file.range(0, 1)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

describe.skipIf(native === null)('with the addon', () => {
  it('tells who lent a range of a disk that fails, and ends the connection', async () => {
    const file = new NodeFile(root, openSync(root, 'r')); // a directory: no read of it succeeds
    const failures: Error[] = [];
    const range = file.range(0, 100_000, (error) => failures.push(error))!;
    const { socket, peer } = await pair();
    const closed = new Promise<Error | undefined>((resolve) => (socket.onClose = resolve));
    const received = heard(peer, Number.POSITIVE_INFINITY);
    socket.write([Buffer.from('head'), range]);
    expect(await closed).toMatchObject({ code: 'EISDIR' });
    expect(failures).toEqual([expect.objectContaining({ code: 'EISDIR' })]);
    expect((await received).length).toBeLessThanOrEqual(4);
    range.release();
    file.close();
  });

  it('reads in the thread pool what is not in the page cache', async () => {
    const probe = vi.spyOn(native!, 'probe');
    const draw = fc.sample(fc.boolean(), { numRuns: 200, seed: 5 }).values();
    probe.mockImplementation(() => (draw.next().value === true ? -constants.errno.EAGAIN : 1));
    const file = newFile();
    const { socket, peer } = await pair();
    const received = heard(peer, SIZE + 4);
    const range = file.range(0, SIZE)!;
    socket.write([range], () => range.release());
    socket.write([Buffer.from('tail')]);
    file.close();
    expect((await received).equals(Buffer.concat([content, Buffer.from('tail')]))).toBe(true);
    expect(isOpen(file.path)).toBe(false);
  });

  it('keeps a file open while it is read, though its range is given back', async () => {
    const file = newFile();
    const range = file.range(1, SIZE - 1) as NodeFileRange;
    const bytes = Buffer.alloc(1000);
    const count = new Promise<number>((resolve) =>
      range.readLater(bytes, 7, (_error, read) => resolve(read)),
    );
    file.close();
    range.release();
    expect(isOpen(file.path)).toBe(true);
    expect(await count).toBe(1000);
    expect(bytes.equals(content.subarray(8, 1008))).toBe(true);
    expect(isOpen(file.path)).toBe(false);
  });

  it('tells nobody of a disk where the connection fails', async () => {
    const failures: Error[] = [];
    const range = shared.range(0, SIZE, (error) => failures.push(error))!;
    const { socket, peer } = await pair();
    const closed = new Promise<void>((resolve) => (socket.onClose = () => resolve()));
    socket.write([range], () => range.release());
    peer.resetAndDestroy();
    await closed;
    expect(failures).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('keeps to the send buffer of a listener', async () => {
    const { socket } = await pair({ sendBufferBytes: 50_000 });
    expect(socket.write([shared.range(0, 1_300_000)!])).toBe(false);
    const { socket: other } = await pair();
    expect(other.write([shared.range(0, 1_300_000)!])).toBe(true);
  });
});

describe('a connection with TLS', () => {
  it('gets ranges of files encrypted', async () => {
    const { cert, key } = makeCertificate({ name: 'x', hosts: ['127.0.0.1'] });
    let connected!: (peer: TcpSocket) => void;
    const peer = new Promise<TcpSocket>((resolve) => (connected = resolve));
    const server = createServer({ cert, key }, connected);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const tls = { rejectUnauthorized: false };
    const socket = await new NodeNetwork().connect({ host: '127.0.0.1', port }, { tls });
    socket.write([shared.range(0, SIZE) ?? readRange(shared, 0, SIZE)]);
    expect((await heard(await peer, SIZE)).equals(content)).toBe(true);
    socket.destroy();
    server.close();
  });
});
