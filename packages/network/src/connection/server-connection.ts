import type { Piece, Socket } from '@tidelog/platform';
import { Reader, requestHeader, requestHeaderVersion } from '@tidelog/protocol';
import { FrameReader } from '../framing/frame-reader.ts';
import { encodeResponse } from '../framing/response.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { RequestContext, ServedApi, ServerOptions } from './server.ts';

/** A request that no answer can be made for: the connection is closed, as Kafka does. */
class BadRequestError extends Error {}

/**
 * One accepted connection: frames in, replies out in the order of the requests.
 *
 * A handler runs as soon as its frame is whole and gets up to its first `await` in the same turn, so
 * appends keep the order of the requests. When too many replies are outstanding, or the peer does
 * not read them, frames stay where they are and the socket is no longer read.
 */
export class ServerConnection {
  readonly id: string;
  readonly #socket: Socket;
  readonly #options: ServerOptions;
  readonly #frames: FrameReader;
  readonly #replies: ReplyQueue;
  readonly #base: Omit<RequestContext, 'apiVersion' | 'correlationId' | 'clientId' | 'onReleased'>;
  lastActiveMs: number;
  #reading = true;
  #processing = false;
  #serving = true;
  #closed = false;
  #pauses = 0;

  constructor(id: string, socket: Socket, options: ServerOptions) {
    this.id = id;
    this.#socket = socket;
    this.#options = options;
    this.#frames = new FrameReader(options.maxRequestBytes);
    this.#replies = new ReplyQueue(socket, () => this.#onRoom());
    this.#base = {
      connectionId: id,
      clientHost: socket.remote.host,
      listenerName: options.listenerName,
      state: new Map(),
      onGone: new Set(),
      pause: () => this.#pause(),
    };
    this.lastActiveMs = options.clock.monotonic();
    socket.onData = (chunk) => this.#onData(chunk);
    socket.room = (mostBytes) => this.#frames.room(mostBytes);
    socket.onDrain = () => this.#replies.drained();
    socket.onClose = () => this.#onClose();
  }

  /** False: requests wait, and the socket is not read. */
  setServing(serving: boolean): void {
    this.#serving = serving;
    if (serving) this.#onRoom();
    else this.#setReading(false);
  }

  /** Requests whose replies have not left yet. */
  get pending(): number {
    return this.#replies.length;
  }

  close(): void {
    this.#socket.destroy();
  }

  #pause(): () => void {
    this.#pauses++;
    return () => {
      this.#pauses--;
      this.#onRoom();
    };
  }

  /** Replies have left: frames that had to wait may go on. */
  #onRoom(): void {
    if (!this.#reading && this.#hasRoom()) this.#process();
  }

  #onClose(): void {
    this.#closed = true;
    this.#replies.abandon();
    for (const gone of this.#base.onGone) gone();
    this.#options.onClose(this);
  }

  #onData(chunk: Buffer): void {
    this.lastActiveMs = this.#options.clock.monotonic();
    this.#frames.push(chunk);
    this.#process();
    this.#frames.keep();
  }

  /** Handles whole frames as long as replies flow; then reads on, or stops reading. */
  #process(): void {
    if (this.#processing) return;
    this.#processing = true;
    try {
      let frame: Buffer | null;
      do {
        frame = null;
        while (this.#hasRoom() && (frame = this.#frames.next()) !== null) this.#handle(frame);
        this.#replies.flush();
      } while (frame !== null && this.#hasRoom());
    } catch (error) {
      if (!this.#closed) this.#options.onProtocolError(this, error as Error);
      this.close();
    }
    this.#processing = false;
    this.#setReading(this.#hasRoom());
  }

  #hasRoom(): boolean {
    if (!this.#serving || this.#closed || this.#pauses > 0) return false;
    return !this.#replies.blocked && this.#replies.length < this.#options.maxInFlight;
  }

  #setReading(reading: boolean): void {
    if (this.#closed || this.#reading === reading) return;
    this.#reading = reading;
    if (reading) this.#socket.resume();
    else this.#socket.pause();
  }

  #handle(frame: Buffer): void {
    if (frame.length < 8) throw new BadRequestError('a frame too short for a request header');
    const key = frame.readInt16BE(0);
    const version = frame.readInt16BE(2);
    const served = this.#options.apis.get(key);
    if (served === undefined) throw new BadRequestError(`API ${key} is not served here`);
    const unsupported = version < served.versions[0] || version > served.versions[1];
    if (unsupported) {
      this.#replies.settle(this.#replies.reserve(), this.#refuseVersion(served, frame, version));
      return;
    }
    // Handlers keep what they decode, and answers may wait: a request owns its bytes, but for those
    // that are many.
    const reader = new Reader(served.readsInPlace === true ? frame : this.#frames.take());
    const header = requestHeader.read(reader, requestHeaderVersion(served.api, version));
    const request = served.api.request.read(reader, version);
    if (reader.failed) {
      throw new BadRequestError(`malformed ${served.api.name} request, version ${version}`);
    }
    // Written out: V8 takes a slow path for a spread with more behind it.
    const { connectionId, clientHost, listenerName, state, onGone, pause } = this.#base;
    this.#dispatch(served, request, {
      connectionId,
      clientHost,
      listenerName,
      state,
      onGone,
      pause,
      apiVersion: version,
      correlationId: header.correlationId,
      clientId: header.clientId ?? '',
      onReleased: null,
    });
  }

  /** A client that opens with a newer ApiVersions learns in version 0 what there is (KIP-511). */
  #refuseVersion(served: ServedApi, frame: Buffer, version: number): Piece[] {
    const refusal = served.unsupportedVersion?.();
    if (refusal === undefined) {
      throw new BadRequestError(`${served.api.name} has no version ${version}`);
    }
    return encodeResponse(served.api, 0, frame.readInt32BE(4), refusal);
  }

  #dispatch(served: ServedApi, request: unknown, context: RequestContext): void {
    const slot = this.#replies.reserve();
    let response: unknown;
    try {
      response = served.handle(request, context);
    } catch (error) {
      this.#fault(served, error as Error);
      return;
    }
    if (response instanceof Promise) {
      response.then(
        (value) => this.#reply(slot, served, context, value),
        (error: unknown) => this.#fault(served, error as Error),
      );
    } else {
      this.#replies.settle(slot, this.#encode(served, context, response), context.onReleased);
    }
  }

  #reply(slot: number, served: ServedApi, context: RequestContext, value: unknown): void {
    if (this.#closed) return context.onReleased?.();
    try {
      this.#replies.settle(slot, this.#encode(served, context, value), context.onReleased);
      this.#replies.flushSoon();
    } catch (error) {
      this.#fault(served, error as Error);
    }
  }

  /** No response (a produce with acks 0) gives no bytes. */
  #encode(served: ServedApi, context: RequestContext, value: unknown): Piece[] {
    if (value === undefined) return [];
    return encodeResponse(served.api, context.apiVersion, context.correlationId, value);
  }

  /** Something thrown by a handler is a bug of ours: said, and answered by closing. */
  #fault(served: ServedApi, error: Error): void {
    if (this.#closed) return;
    this.#options.onFault(served.api.name, error);
    this.close();
  }
}
