import { encodeResponse, FrameReader } from '@tidelog/network';
import { type Address, type Network, NodeRandom, type Socket } from '@tidelog/platform';
import {
  type ApiName,
  apiOf,
  apis,
  Reader,
  requestHeader,
  type RequestOf,
  type ResponseOf,
} from '@tidelog/protocol';
import { ManualClock } from './manual-clock.ts';

/** `hang`: no answer ever; `close`: the connection is closed instead. */
export type Answer<Name extends ApiName> = ResponseOf<Name> | 'hang' | 'close' | undefined;
type Handler<Name extends ApiName> = (
  request: RequestOf<Name>,
  version: number,
) => Answer<Name> | Promise<Answer<Name>>;

export interface ScriptedTopic {
  readonly name: string;
  readonly id?: string;
  readonly partitions: number;
}

const ADDRESS: Address = { host: 'broker', port: 9092 };
export const TOPIC_ID = 'AH2wIO8ZSpa_xIcUNk3hfA';

function idOf(topic: ScriptedTopic): string {
  return topic.id ?? TOPIC_ID;
}

/** One broker in memory that answers as a test says; it knows ApiVersions and Metadata by itself. */
export class ScriptedBroker {
  readonly clock = new ManualClock();
  /** `at`: by the clock, in ms. */
  readonly requests: { name: ApiName; version: number; request: unknown; at: number }[] = [];
  /** What came in, answered or not. */
  readonly arrived: ApiName[] = [];
  readonly topics: ScriptedTopic[] = [];
  readonly #handlers = new Map<string, Handler<never>>();
  readonly #sockets = new Set<MemorySocket>();
  /** Answered by Metadata in place of topics. */
  metadataError = 0;
  refusesConnections = false;
  connections = 0;
  /** Where the client has connected to, in order. */
  readonly addresses: Address[] = [];
  /** How long it would have waited for each. */
  readonly connectTimeouts: number[] = [];
  /** Finalized levels of features, as told in ApiVersions. */
  readonly features = new Map<string, number>();
  featuresEpoch = 1;
  /** Highest versions where they are not the newest. */
  readonly maxVersions = new Map<ApiName, number>();

  constructor() {
    this.on('ApiVersions', (_request, version) => this.#apiVersions(version));
    this.on('Metadata', (request) => this.#metadata(request));
  }

  get platform() {
    const network: Network = {
      listen: () => Promise.reject(new Error('nobody listens here')),
      connect: (address, options) => {
        this.connectTimeouts.push(options?.timeoutMs ?? 0);
        return this.#connect(address);
      },
    };
    return { clock: this.clock, random: new NodeRandom(), network };
  }

  on<Name extends ApiName>(name: Name, handler: Handler<Name>): this {
    this.#handlers.set(name, handler);
    return this;
  }

  /** The requests of an API, oldest first. */
  of<Name extends ApiName>(name: Name): RequestOf<Name>[] {
    return this.requests
      .filter((entry) => entry.name === name)
      .map(({ request }) => request as RequestOf<Name>);
  }

  /** When the requests of an API came. */
  timesOf(name: ApiName): number[] {
    return this.requests.filter((entry) => entry.name === name).map(({ at }) => at);
  }

  get openConnections(): number {
    return Array.from(this.#sockets).filter(({ isOpen }) => isOpen).length;
  }

  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(address: Address): Promise<Socket> {
    this.addresses.push(address);
    if (this.refusesConnections) {
      return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    }
    this.connections++;
    const [client, server] = MemorySocket.pair();
    this.#sockets.add(server);
    const frames = new FrameReader(1 << 30);
    let queue = Promise.resolve();
    server.onData = (chunk) => {
      frames.push(chunk);
      for (let frame = frames.next(); frame !== null; frame = frames.next()) {
        const body = Buffer.from(frame);
        this.arrived.push(apiOf(body.readInt16BE(0))!.name as ApiName);
        queue = queue.then(() => this.#serve(body, server));
      }
      frames.keep();
    };
    return Promise.resolve(client);
  }

  async #serve(frame: Buffer, socket: MemorySocket): Promise<void> {
    const api = apiOf(frame.readInt16BE(0))!;
    const version = frame.readInt16BE(2);
    const name = api.name as ApiName;
    const reader = new Reader(frame);
    const known = Math.min(version, api.versions[1]);
    const { correlationId } = requestHeader.read(reader, known >= api.flexible ? 2 : 1);
    const request = api.request.read(reader, known);
    this.requests.push({ name, version, request, at: this.clock.monotonic() });
    const handler = this.#handlers.get(name);
    if (handler === undefined) throw new Error(`the script has no ${name}`);
    const answer = await handler(request as never, version);
    if (answer === 'close') socket.destroy();
    if (answer === 'hang' || answer === 'close' || answer === undefined) return;
    const refused = name === 'ApiVersions' && (answer as { errorCode: number }).errorCode === 35;
    const reply = encodeResponse(api, refused ? 0 : version, correlationId, answer);
    socket.write(reply as Uint8Array[]); // a script has no files
  }

  #apiVersions(version: number): ResponseOf<'ApiVersions'> {
    const highest = this.maxVersions.get('ApiVersions') ?? apis.ApiVersions.versions[1];
    const apiKeys = Object.values(apis).map(({ key, name, versions }) => ({
      apiKey: key,
      minVersion: versions[0],
      maxVersion: this.maxVersions.get(name) ?? versions[1],
    }));
    const finalizedFeatures = Array.from(this.features, ([name, level]) => ({
      name,
      maxVersionLevel: level,
      minVersionLevel: level,
    }));
    return {
      errorCode: version > highest ? 35 : 0,
      apiKeys,
      finalizedFeaturesEpoch: this.featuresEpoch,
      finalizedFeatures,
    };
  }

  #metadata({ topics }: RequestOf<'Metadata'>): ResponseOf<'Metadata'> {
    if (this.metadataError !== 0) {
      return {
        errorCode: this.metadataError,
        brokers: [],
        topics: [],
        clusterId: null,
        controllerId: -1,
      };
    }
    const byId = (id: string): string => this.topics.find((topic) => idOf(topic) === id)!.name;
    const wanted =
      topics?.map(({ name, topicId }) => name ?? byId(topicId)) ??
      this.topics.map(({ name }) => name);
    return {
      brokers: [{ nodeId: 1, ...ADDRESS }],
      clusterId: 'cluster',
      controllerId: 1,
      topics: wanted.map((name) => {
        const topic = this.topics.find((candidate) => candidate.name === name);
        return {
          errorCode: topic === undefined ? 3 : 0,
          name,
          topicId: topic === undefined ? TOPIC_ID : idOf(topic),
          partitions: Array.from({ length: topic?.partitions ?? 0 }, (_, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId: 1,
            leaderEpoch: 0,
            replicaNodes: [1],
            isrNodes: [1],
          })),
        };
      }),
    };
  }
}

/** One end of a connection in memory; bytes arrive a microtask later. */
class MemorySocket implements Socket {
  readonly remote = ADDRESS;
  readonly local = { host: 'client', port: 1 };
  onData: (chunk: Buffer) => void = () => {};
  onClose: (error?: Error) => void = () => {};
  onDrain: () => void = () => {};
  room: (mostBytes: number) => Buffer | null = () => null;
  #peer!: MemorySocket;
  #closed = false;

  get isOpen(): boolean {
    return !this.#closed;
  }

  static pair(): [MemorySocket, MemorySocket] {
    const one = new MemorySocket();
    const two = new MemorySocket();
    one.#peer = two;
    two.#peer = one;
    return [one, two];
  }

  write(buffers: readonly Uint8Array[]): boolean {
    const bytes = Buffer.concat(buffers);
    queueMicrotask(() => {
      if (!this.#closed && !this.#peer.#closed) this.#peer.onData(bytes);
    });
    return true;
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    this.destroy();
  }

  destroy(): void {
    for (const end of [this, this.#peer]) {
      if (end.#closed) continue;
      end.#closed = true;
      queueMicrotask(() => end.onClose());
    }
  }
}
