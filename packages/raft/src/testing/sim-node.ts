import { type ApiName, apis, type Encodable } from '@tidelog/protocol';
import { DEFAULT_TIMEOUTS, type RaftConfig } from '../config.ts';
import { formatQuorumState } from '../election/quorum-state.ts';
import type { Effect, RaftEvent } from '../events.ts';
import type { RaftApi } from '../messages.ts';
import { filledBody } from '../node/fill.ts';
import { Raft } from '../raft.ts';
import { encodeSnapshot } from '../snapshot/snapshot-file.ts';
import { VoterSet } from '../voters/voter-set.ts';
import { MemoryLog } from './memory-log.ts';
import { directoryId, voter } from './records.ts';

/** A message on its way, as bytes. */
export interface Message {
  readonly from: number;
  readonly to: number;
  readonly api: ApiName;
  readonly kind: 'request' | 'response';
  readonly version: number;
  readonly bytes: Buffer;
  /** Of the request: its correlation id, and the address that the sender knew the receiver by. */
  readonly correlationId: number;
  readonly address: number;
}

/** Mistakes that a cluster's checks must find; each is made around the machine, not in it. */
export type PlantedBug = 'voteNotSaved' | 'acknowledgedBeforeSync' | 'olderEpochCommitted';

export interface SimWorld {
  now(): number;
  random(bound: number): number;
  send(message: Message): void;
  /** A sync begins; the world calls `done` when it ends. */
  syncing(node: SimNode, done: () => void): void;
  observe(node: SimNode, effect: Effect): void;
  readonly bug?: PlantedBug | undefined;
}

/** Bootstrap servers are known by -2, -3, ... */
const bootstrapId = (index: number): number => -2 - index;

interface Asked {
  readonly from: number;
  readonly api: ApiName;
  readonly version: number;
  readonly correlationId: number;
  readonly address: number;
}

export interface SimNodeOptions {
  readonly voters: readonly number[];
  readonly nodes: readonly number[];
  readonly world: SimWorld;
  readonly autoJoin?: boolean | undefined;
}

/** A machine with a disk, which can crash and come back. */
export class SimNode {
  readonly id: number;
  readonly log = new MemoryLog();
  readonly #world: SimWorld;
  #config: RaftConfig;
  raft: Raft | null = null;
  /** Counts the lives, so that what an earlier one left behind is recognised. */
  life = 0;
  #asked = new Map<number, Asked>();
  #lastRequestId = 0;
  #isSyncing = false;
  #generation = 0;

  constructor(id: number, options: SimNodeOptions) {
    this.id = id;
    this.#world = options.world;
    this.#config = { ...simConfig(id, options.nodes), autoJoin: options.autoJoin ?? false };
    const snapshot = {
      id: { offset: 0, epoch: 0 },
      lastContainedLogTimestamp: 0,
      kraftVersion: 1,
      voters: new VoterSet(options.voters.map((voterId) => voter(voterId))),
      timestampMs: 0,
    };
    this.log.addSnapshot(snapshot.id, Buffer.concat([...encodeSnapshot(snapshot, [])]));
  }

  start(): void {
    this.life += 1;
    this.raft = new Raft(this.#config, this.log.restore(), (bound) => this.#world.random(bound));
    this.step({ type: 'start' });
  }

  /** Comes back at another port. */
  move(port: number): void {
    const listeners = this.#config.listeners.map((endpoint) => ({ ...endpoint, port }));
    this.#config = { ...this.#config, listeners };
    this.crash();
    this.start();
  }

  crash(): void {
    this.raft = null;
    this.log.crash();
    this.#asked.clear();
    this.#isSyncing = false;
    this.#generation += 1;
  }

  step(event: RaftEvent): void {
    const { raft } = this;
    if (raft === null) return;
    for (const effect of raft.step(event, this.#world.now())) {
      // Installing a snapshot has effects of its own, which are seen after it.
      if (effect.type === 'installSnapshot') this.#world.observe(this, effect);
      this.#carryOut(effect);
      if (effect.type !== 'installSnapshot') this.#world.observe(this, effect);
    }
    if (this.#world.bug === 'olderEpochCommitted' && raft.quorum.role.name === 'leader') {
      Object.assign(raft.quorum.role, { epochStartOffset: -1 });
    }
  }

  receive(message: Message): void {
    const { api, kind, version, bytes, correlationId } = message;
    const body = apis[api][kind].decode(bytes, version);
    if (kind === 'response') {
      const from = message.address;
      this.step({ type: 'response', from, correlationId, api, body } as RaftEvent);
    } else if (api === 'ApiVersions') {
      this.#answerApiVersions(message);
    } else {
      this.#lastRequestId += 1;
      const id = this.#lastRequestId;
      this.#asked.set(id, message);
      this.step({ type: 'request', id, api, version, body } as RaftEvent);
    }
  }

  /** As a tool that asks this node to make `id` a voter. */
  askToAdd(id: number): void {
    const { directoryId: voterDirectoryId, endpoints: listeners } = voter(id);
    this.#ask('AddRaftVoter', 1, {
      clusterId: 'cluster',
      timeoutMs: 1000,
      voterId: id,
      voterDirectoryId,
      listeners,
      ackWhenCommitted: true,
    });
  }

  askToRemove(id: number): void {
    const voterDirectoryId = directoryId(id);
    this.#ask('RemoveRaftVoter', 0, { clusterId: 'cluster', voterId: id, voterDirectoryId });
  }

  #ask(api: RaftApi, version: number, body: unknown): void {
    this.#lastRequestId += 1;
    this.step({ type: 'request', id: this.#lastRequestId, api, version, body } as RaftEvent);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'saveVote':
        if (this.#world.bug === 'voteNotSaved') break;
        this.log.saveQuorumState(formatQuorumState(effect.state));
        break;
      case 'append':
        this.log.append(effect.baseOffset, effect.batches);
        this.#syncSoon();
        break;
      case 'truncate':
        this.log.truncate(effect.endOffset);
        this.#generation += 1;
        break;
      case 'commit':
        this.log.setHighWatermark(effect.highWatermark);
        break;
      case 'send':
        this.#send(effect);
        break;
      case 'reply':
        this.#reply(effect);
        break;
      case 'writeSnapshot':
        this.log.writeSnapshot(effect.id, effect.position, effect.bytes);
        break;
      case 'installSnapshot': {
        this.#generation += 1;
        const { snapshot, controls } = this.log.installSnapshot(effect.id);
        this.step({ type: 'snapshotInstalled', snapshot, controls });
        break;
      }
      case 'became':
        break;
    }
  }

  #syncSoon(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const generation = this.#generation;
    const { endOffset } = this.log;
    const complete = this.log.beginSync();
    if (this.#world.bug === 'acknowledgedBeforeSync') this.step({ type: 'synced', endOffset });
    this.#world.syncing(this, () => {
      this.#isSyncing = false;
      // A sync that a truncation overtook may leave what was cut away on the disk.
      if (generation === this.#generation) {
        complete();
        this.step({ type: 'synced', endOffset });
      }
      if (endOffset !== this.log.endOffset || generation !== this.#generation) this.#syncSoon();
    });
  }

  #send(effect: Extract<Effect, { type: 'send' }>): void {
    const { api, correlationId, to } = effect;
    const version = apis[api].request.versions[1];
    const request: { encode(body: unknown, version: number): Buffer } = apis[api].request;
    this.#world.send({
      from: this.id,
      to: to.id >= 0 ? to.id : -1 - to.id,
      api,
      kind: 'request',
      version,
      bytes: request.encode(effect.body, version),
      correlationId,
      address: to.id,
    });
  }

  #reply(effect: Extract<Effect, { type: 'reply' }>): void {
    const asked = this.#asked.get(effect.id);
    this.#asked.delete(effect.id);
    if (asked === undefined) return;
    this.#answer(asked, filledBody(effect, this.log));
  }

  #answer(asked: Asked, body: unknown): void {
    const { api, version, correlationId, address, from } = asked;
    const response: { encode(body: unknown, version: number): Buffer } = apis[api].response;
    const bytes = response.encode(body, version);
    const route = { from: this.id, to: from, correlationId, address };
    this.#world.send({ ...route, api, kind: 'response', version, bytes });
  }

  #answerApiVersions(asked: Asked): void {
    const kraftVersion = { name: 'kraft.version', minVersion: 0, maxVersion: 1 };
    const body: Encodable<typeof apis.ApiVersions.response> = {
      errorCode: 0,
      apiKeys: [],
      throttleTimeMs: 0,
      supportedFeatures: [kraftVersion],
      finalizedFeaturesEpoch: -1,
      finalizedFeatures: [],
      zkMigrationReady: false,
    };
    this.#answer(asked, body);
  }
}

function simConfig(id: number, nodes: readonly number[]): RaftConfig {
  return {
    clusterId: 'cluster',
    node: { id, directoryId: directoryId(id) },
    listeners: voter(id).endpoints,
    listenerName: 'CONTROLLER',
    staticVoters: [],
    bootstrapServers: nodes.map((node) => ({
      id: bootstrapId(node - 1),
      host: `node${node}`,
      port: 9093,
    })),
    canBecomeVoter: true,
    autoJoin: false,
    timeouts: DEFAULT_TIMEOUTS,
  };
}
