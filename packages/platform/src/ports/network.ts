import type { FileRange } from './disk.ts';
import type { TlsOptions } from './tls-options.ts';

/** The network, as a program sees it: byte streams between addresses. */
export interface Network {
  /** Listens; rejects with Node's `code` (EADDRINUSE, EACCES). Port 0 picks a free one. */
  listen(
    address: Address,
    accept: (socket: Socket) => void,
    options?: AcceptOptions,
  ): Promise<Listener>;
  /**
   * Connects to one of the addresses of a host; rejects with Node's `code` (ECONNREFUSED, ETIMEDOUT, ENOTFOUND, with TLS also those of
   * certificates: CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID).
   */
  connect(address: Address, options?: ConnectOptions): Promise<Socket>;
}

export interface AcceptOptions {
  /**
   * What the system holds at most of a connection's bytes to send once ranges of files are among them; null:
   * it decides by itself, as it does where all comes from memory.
   */
  readonly sendBufferBytes?: number | null;
}

export interface ConnectOptions {
  /** Until the connection can be used, TLS included. */
  readonly timeoutMs?: number | undefined;
  /** Encrypts the connection. */
  readonly tls?: TlsOptions | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  readonly address: Address;
  /** Stops accepting; connections that were accepted go on. */
  close(): Promise<void>;
}

/** What is sent: bytes of memory, or of a file. */
export type Piece = Uint8Array | FileRange;

/** One connection. Set the handlers in the same turn in which the socket was handed over. */
export interface Socket {
  readonly remote: Address;
  readonly local: Address;
  /**
   * Bytes arrived. `chunk` is only valid during the call (it may be a shared read buffer): whoever
   * keeps bytes copies them.
   */
  onData: (chunk: Buffer) => void;
  /**
   * Asked before a read, where the socket can choose: memory for at most `mostBytes`, at whose start the
   * next bytes shall lie when `onData` gets them; null: anywhere. Valid until then.
   */
  room: (mostBytes: number) => Buffer | null;
  /** The connection ended: by the peer, by `destroy`, or by `error`. Called exactly once. */
  onClose: (error?: Error) => void;
  /** What was written before has left for the kernel (called after `write` returned false). */
  onDrain: () => void;
  /**
   * Queues bytes to send, in order, uncopied: the caller must not change them before `onReleased`, which
   * is called once, when all have left for the kernel or the connection is gone without them. False: wait
   * for onDrain. A range of a file that has become shorter ends the connection.
   */
  write(pieces: readonly Piece[], onReleased?: () => void): boolean;
  /** Stops and restarts reading (back-pressure). */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}
