import { Socket as TcpSocket } from 'node:net';
import type { OnReadOpts, Server } from 'node:net';
import { ReadTurns } from './read-turns.ts';
import { NodeSocket } from './socket.ts';

/**
 * Reads every connection into one buffer. Everything arrives on one thread and is consumed during
 * the call, so one buffer serves all: no allocation for each read, reads as large as what the
 * kernel holds, and a buffer that stays in the processor's cache. Who collects something large gets
 * the rest of it where it belongs (`Socket.room`).
 *
 * Node documents this (`onread`) for outgoing sockets only. Accepted ones need the server's
 * internal handle, and only this file touches it: where the handle is not as expected, the server
 * goes on with Node's own 'connection' events.
 */
const turns = new ReadTurns<NodeSocket>();
let whole: Buffer | undefined;
/** The first bytes of the buffer, as many as a share has. */
let shared: Buffer = Buffer.alloc(0);

function sharedBuffer(): Buffer {
  whole ??= Buffer.allocUnsafeSlow(turns.shareBytes);
  if (shared.length !== turns.shareBytes) shared = whole.subarray(0, turns.shareBytes);
  return shared;
}

function waitForNextTurn(socket: NodeSocket): void {
  if (turns.wait(socket)) setImmediate(beginTurn);
}

function beginTurn(): void {
  for (const socket of turns.next()) socket.readOn();
}

export interface SharedReader {
  /** To be given to the constructor of the stream. */
  readonly onread: OnReadOpts;
  /** Says who consumes, before the first bytes can arrive. */
  deliverTo(socket: NodeSocket): void;
}

export function sharedReader(): SharedReader {
  let receiver: NodeSocket | undefined;
  return {
    onread: {
      // Asked before the first read, and after each for the next.
      buffer: () => receiver?.room(turns.shareBytes) ?? sharedBuffer(),
      callback: (byteCount, buffer) => {
        const isFull = byteCount === buffer.length;
        receiver?.received((isFull ? buffer : buffer.subarray(0, byteCount)) as Buffer);
        // Room for the rest of a frame may be full with less than a share: then there is more to read.
        if (!isFull || byteCount < turns.shareBytes || receiver === undefined) return true;
        waitForNextTurn(receiver);
        return false; // stops reading
      },
    },
    deliverTo: (socket) => {
      receiver = socket;
    },
  };
}

/** libuv's listening handle, as far as it is used; `client` is the handle of one connection. */
interface ServerHandle {
  onconnection: (status: number, client?: object) => void;
}

/** Takes over the accepting of a server that listens. False when this Node does not allow it. */
export function acceptWithSharedReads(
  server: Server,
  accept: (socket: NodeSocket) => void,
): boolean {
  const handle = (server as unknown as { _handle?: Partial<ServerHandle> | null })._handle;
  if (typeof handle?.onconnection !== 'function') return false;
  handle.onconnection = (status, client) => {
    if (status !== 0 || client === undefined) return; // gone before it was accepted
    const reader = sharedReader();
    const options = { handle: client, onread: reader.onread, readable: true, writable: true };
    const tcp = new TcpSocket(options);
    tcp.setNoDelay(true);
    const socket = new NodeSocket(tcp);
    reader.deliverTo(socket);
    accept(socket);
  };
  return true;
}
