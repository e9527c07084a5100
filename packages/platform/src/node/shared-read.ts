import { Socket as TcpSocket } from 'node:net';
import type { OnReadOpts, Server } from 'node:net';
import { LESSER_SHARE_BYTES, ReadTurns, SHARE_BYTES } from './read-turns.ts';
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
let lesser: Buffer | undefined;
let isTurnEnding = false;

function sharedBuffer(): Buffer {
  whole ??= Buffer.allocUnsafeSlow(SHARE_BYTES);
  if (turns.isOpen) return whole;
  lesser ??= whole.subarray(0, LESSER_SHARE_BYTES);
  return lesser;
}

function endTurnSoon(): void {
  if (isTurnEnding) return;
  isTurnEnding = true;
  setImmediate(beginTurn);
}

function beginTurn(): void {
  isTurnEnding = false;
  const socket = turns.next();
  if (socket === undefined) return;
  socket.readOn();
  endTurnSoon(); // the next one's turn comes, even where this one has nothing to read
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
        const isMuch = turns.read(byteCount);
        if (isMuch) endTurnSoon();
        // Room for the rest of a frame may be full with little: that is no reason to wait.
        if (!isFull || !isMuch || receiver === undefined) return true;
        turns.wait(receiver);
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
