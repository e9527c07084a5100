import { Socket as TcpSocket } from 'node:net';
import type { OnReadOpts, Server } from 'node:net';
import { NodeSocket } from './socket.ts';

/**
 * Reads every connection into one buffer. Everything arrives on one thread and is consumed during
 * the call, so one buffer serves all: no allocation for each read, reads as large as what the
 * kernel holds, and a buffer that stays in the processor's cache.
 *
 * Node documents this (`onread`) for outgoing sockets only. Accepted ones need the server's
 * internal handle, and only this file touches it: where the handle is not as expected, the server
 * goes on with Node's own 'connection' events.
 */
const SHARED_BUFFER_BYTES = 1024 * 1024;
let sharedBuffer: Buffer | undefined;

export interface SharedReader {
  /** To be given to the constructor of the stream. */
  readonly onread: OnReadOpts;
  /** Says who consumes, before the first bytes can arrive. */
  deliverTo(socket: NodeSocket): void;
}

export function sharedReader(): SharedReader {
  const buffer = (sharedBuffer ??= Buffer.allocUnsafeSlow(SHARED_BUFFER_BYTES));
  let receiver: NodeSocket | undefined;
  return {
    onread: {
      buffer,
      callback: (byteCount) => {
        // A full buffer makes libuv read the same socket again, up to 32 times before any other.
        if (byteCount === buffer.length) receiver?.yieldReading();
        receiver?.received(buffer.subarray(0, byteCount));
        return true;
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
