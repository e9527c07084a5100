import type { Address, Listener, Network, Piece, Socket } from '@tidelog/platform';

const nothing = () => {};

/** One end of a connection without a kernel: what is written here is heard there a microtask later. */
class MemorySocket implements Socket {
  readonly local: Address;
  readonly remote: Address;
  onData: (chunk: Buffer) => void = nothing;
  onClose: (error?: Error) => void = nothing;
  onDrain: () => void = nothing;
  room: (mostBytes: number) => Buffer | null = () => null;
  peer: MemorySocket | null = null;
  #closed = false;
  #paused = false;
  #waiting: Buffer[] = [];

  constructor(local: Address, remote: Address) {
    this.local = local;
    this.remote = remote;
  }

  write(pieces: readonly Piece[], onReleased = nothing): boolean {
    const chunk = Buffer.concat(pieces.map(bytesOf));
    queueMicrotask(() => {
      onReleased();
      this.peer!.receive(chunk);
    });
    return true;
  }

  receive(chunk: Buffer): void {
    if (this.#closed) return;
    if (this.#paused) this.#waiting.push(chunk);
    else this.#deliver(chunk);
  }

  /** Its bytes are valid during the call only. */
  #deliver(chunk: Buffer): void {
    this.onData(chunk);
    chunk.fill(0xdd);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused && this.#waiting.length > 0) {
      this.#deliver(this.#waiting.shift()!);
    }
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    queueMicrotask(() => this.onClose());
    this.peer!.destroy();
  }
}

function bytesOf(piece: Piece): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  const bytes = Buffer.alloc(piece.length);
  piece.read(bytes, 0);
  return bytes;
}

/** A network inside one process: fast, and without ports of the machine. */
export class MemoryNetwork implements Network {
  readonly #listeners = new Map<number, (socket: Socket) => void>();
  #nextPort = 20_000;

  async listen(address: Address, accept: (socket: Socket) => void): Promise<Listener> {
    const port = address.port === 0 ? this.#nextPort++ : address.port;
    this.#listeners.set(port, accept);
    return {
      address: { host: address.host, port },
      close: async () => {
        this.#listeners.delete(port);
      },
    };
  }

  async connect(address: Address): Promise<Socket> {
    const accept = this.#listeners.get(address.port);
    if (accept === undefined) {
      throw Object.assign(new Error(`nobody listens on ${address.port}`), { code: 'ECONNREFUSED' });
    }
    const client = { host: '127.0.0.1', port: this.#nextPort++ };
    const near = new MemorySocket(client, address);
    const far = new MemorySocket(address, client);
    near.peer = far;
    far.peer = near;
    accept(far);
    return near;
  }
}
