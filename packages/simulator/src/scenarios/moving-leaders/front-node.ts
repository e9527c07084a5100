import { ClientConnection, type RequestContext, type ServedApi, Server } from '@tidelog/network';
import { type Api, type ApiName, apis } from '@tidelog/protocol';
import type { Machine, SimulatedPlatform } from '../../world/machine.ts';
import type { FrontCluster } from './cluster.ts';
import { FetchSessions } from './fetch-sessions.ts';
import { passages } from './passages.ts';
import type { Passage } from './passage.ts';
import type { CoordinatorKind, Leader, NodeEndpoint, Placement } from './placement.ts';
import { ShareSessions } from './share-sessions.ts';

const BROKER = { host: 'broker', port: 9092 };
/** Longer than anything takes. */
const TIMEOUT_MS = 1_000_000;
const MAX_BYTES = 100_000_000;
const MAX_CONNECTIONS = 1000;
const MAX_IN_FLIGHT = 100;

/** One node of the cluster, on a machine of its own. */
export class FrontNode {
  readonly id: number;
  readonly name: string;
  readonly cluster: FrontCluster;
  fetchSessions = new FetchSessions();
  shareSessions = new ShareSessions();
  readonly #machine: Machine;
  #platform: SimulatedPlatform | undefined;
  #view: Placement | undefined;
  /** Which change it has heard of last. */
  #heard = 0;
  /** Requests that wait for the broker, each looking whether it is still answered here. */
  readonly #waiting = new Set<() => void>();

  constructor(cluster: FrontCluster, machine: Machine, id: number) {
    this.cluster = cluster;
    this.#machine = machine;
    this.id = id;
    this.name = machine.name;
  }

  get running(): boolean {
    return this.#machine.running;
  }

  /** The nodes that it believes to be up: what it knows of the cluster may be a little old. */
  nodesSeen(): NodeEndpoint[] {
    return (this.#view ?? this.cluster.placement).nodes();
  }

  leaderSeen(topic: string, partition: number): Leader {
    const { placement } = this.cluster;
    const truth = placement.leaderOf(topic, partition);
    return this.#view?.knownLeader(topic, partition) ?? truth;
  }

  /** Undefined where it is believed to be down. */
  coordinatorSeen(kind: CoordinatorKind, key: string): NodeEndpoint | undefined {
    const { placement } = this.cluster;
    const truth = placement.coordinatorOf(kind, key);
    const { nodeId } = this.#view?.knownCoordinator(kind, key) ?? truth;
    return (this.#view ?? placement).node(nodeId);
  }

  async start(port: number): Promise<void> {
    const platform = this.#machine.boot();
    this.#platform = platform;
    this.fetchSessions = new FetchSessions();
    this.shareSessions = new ShareSessions();
    const server = await Server.listen(platform.network, {
      address: { host: this.name, port },
      listenerName: 'PLAINTEXT',
      clock: platform.clock,
      apis: this.#served(),
      maxRequestBytes: MAX_BYTES,
      maxIdleMs: 0,
      maxConnections: MAX_CONNECTIONS,
      maxInFlight: MAX_IN_FLIGHT,
      onProtocolError: () => {}, // as a broker that logs it
      onFault: () => {}, // the broker's end of the passage is gone
    });
    server.open();
    const rack = this.cluster.kind.replicated ? `rack-${this.id}` : null;
    this.cluster.placement.comesUp({ nodeId: this.id, host: this.name, port, rack });
  }

  vanish(): void {
    this.#waiting.clear();
    this.#machine.kill();
  }

  hear(view: Placement, version: number): void {
    if (version <= this.#heard) return;
    if (this.cluster.kind.staleMetadata && this.#view !== undefined) return;
    this.#view = view;
    this.#heard = version;
  }

  /** Something has moved away: who waits for it here is refused. */
  recheck(): void {
    for (const check of this.#waiting) check();
  }

  #served(): ReadonlyMap<number, ServedApi> {
    return new Map(
      Object.values(apis).map((api: Api): [number, ServedApi] => [
        api.key,
        {
          api,
          versions: api.versions,
          handle: (request, context) => this.#handle(api.name as ApiName, request, context),
        },
      ]),
    );
  }

  async #handle(name: ApiName, request: unknown, context: RequestContext): Promise<unknown> {
    const broker = await this.#brokerFor(context);
    const passage: Passage = passages.get(name)?.(this, request as never) ?? {
      request,
      answer: (response) => response,
    };
    if (passage.request === null) return passage.answer(null);
    const version = context.apiVersion;
    const answered = broker.send(name, version, passage.request as never, TIMEOUT_MS);
    const { moved } = passage;
    if (moved === undefined) return passage.answer(await answered);
    answered.catch(() => {}); // heard by the race, or not wanted any more
    return this.#unlessMoved(answered, moved, passage);
  }

  /** The broker's answer, or a refusal as soon as the node is not responsible any more. */
  #unlessMoved(
    answered: Promise<unknown>,
    moved: () => unknown,
    passage: Passage,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const refusal = moved();
        if (refusal === null) return;
        this.#waiting.delete(check);
        resolve(refusal);
      };
      this.#waiting.add(check);
      answered.then((response) => {
        this.#waiting.delete(check);
        resolve(moved() ?? passage.answer(response));
      }, reject);
    });
  }

  /** Each connection of a client has one to the broker, so that requests keep their order. */
  #brokerFor(context: RequestContext): Promise<ClientConnection> {
    const { state, onGone } = context;
    const known = state.get(BROKER.host);
    if (known !== undefined) return known as Promise<ClientConnection>;
    const { network, clock } = this.#platform!;
    const connecting = ClientConnection.connect({
      network,
      clock,
      address: BROKER,
      clientId: context.clientId,
      connectTimeoutMs: TIMEOUT_MS,
      requestTimeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_BYTES,
    });
    state.set(BROKER.host, connecting);
    onGone.add(
      () =>
        void connecting.then(
          (connection) => connection.close(),
          () => {},
        ),
    );
    return connecting;
  }
}
