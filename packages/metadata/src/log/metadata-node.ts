import type { Clock, Timer } from '@tidelog/platform';
import { errors, type RequestOf } from '@tidelog/protocol';
import { type RaftApi, RaftNode, type Reply, type RoleChange } from '@tidelog/raft';
import type { ControllerApi, ReplyTo } from '../controller/commands.ts';
import { refusedReply } from '../controller/refused-replies.ts';
import { bootstrapRecords } from '../format/bootstrap-records.ts';
import { MetadataImage } from '../image/metadata-image.ts';
import { activationRecords } from './activation.ts';
import { ActiveController, type Times } from './active-controller.ts';
import type { ClusterMetadata, MetadataChange } from './cluster-metadata.ts';
import type { ClusterMetadataOptions } from './cluster-metadata-options.ts';
import { CommitWaiters } from './commit-waiters.ts';
import { ImageLoader } from './image-loader.ts';
import { MetadataStorage } from './metadata-storage.ts';
import { raftConfig } from './quorum-config.ts';
import { QuorumUnreachableError } from './quorum-unreachable-error.ts';
import { scramKeysOf } from './scram-keys.ts';
import { Snapshotter } from './snapshotter.ts';

const NEWEST_VERSION = 32_767;
const STOP_TIMEOUT_MS = 5000;

/** The shell around consensus, image and controller: the only part of them that does I/O. */
export class MetadataNode implements ClusterMetadata {
  readonly #options: ClusterMetadataOptions;
  readonly #clock: Clock;
  readonly #storage: MetadataStorage;
  readonly #loader: ImageLoader;
  readonly #raft: RaftNode;
  readonly #snapshotter: Snapshotter;
  readonly #waiters = new CommitWaiters();
  readonly #listeners = new Set<(change: MetadataChange) => void>();
  /** This node leads, but records of earlier epochs are still to be applied. */
  #elected: { readonly epoch: number; readonly startOffset: number } | null = null;
  #active: ActiveController | null = null;
  /** The image is complete once it is applied so far; null before that is known. */
  #readyOffset: number | null = null;
  #whenReady: { resolve: () => void; reject: (cause: Error) => void } | null = null;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: ClusterMetadataOptions) {
    const { platform, config, transport } = options;
    const onFailure = (cause: unknown): void => this.#fail(cause);
    this.#options = options;
    this.#clock = platform.clock;
    this.#storage = new MetadataStorage({ platform, config, onFailure });
    this.#loader = new ImageLoader(this.#storage);
    this.#raft = new RaftNode({
      config: raftConfig(config, options),
      log: this.#storage,
      transport: transport ?? { send: () => Promise.reject(new Error('no other node is known')) },
      clock: platform.clock,
      random: platform.random,
      listener: {
        committed: (highWatermark) => this.#committed(highWatermark),
        became: (change) => this.#became(change),
        snapshotInstalled: () =>
          this.#fail(new Error('the log was replaced by a snapshot: the node must start again')),
        failed: onFailure,
      },
    });
    const { clock } = platform;
    const parts = { config, clock, storage: this.#storage, loader: this.#loader, raft: this.#raft };
    this.#snapshotter = new Snapshotter(parts, onFailure);
  }

  /** Resolves when the image is complete; rejects where it never can be (QuorumUnreachableError). */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#whenReady = { resolve, reject };
      this.#raft.start();
      // Without a transport only a sole voter has a quorum, and it leads by now.
      const isLonely = this.#options.transport === undefined && this.#raft.role !== 'leader';
      if (isLonely) this.#fail(new QuorumUnreachableError());
    });
  }

  get image(): MetadataImage {
    return this.#loader.image;
  }

  get appliedOffset(): number {
    return this.#loader.appliedOffset;
  }

  get leaderId(): number | null {
    return this.#raft.leaderId;
  }

  get leaderEpoch(): number {
    return this.#raft.epoch;
  }

  get kraftVersion(): number {
    return this.#raft.snapshotAt(this.appliedOffset).kraftVersion;
  }

  async submit<A extends ControllerApi>(
    api: A,
    request: RequestOf<A>,
    version: number = NEWEST_VERSION,
  ): Promise<ReplyTo<A>> {
    const decided = this.#active?.submit({ api, request, version }, this.#times()) ?? null;
    this.#armTimer();
    const isDone = decided !== null && (await this.#committedAt(decided.endOffset));
    return isDone ? decided.reply : refusedReply(api, request, errors.NOT_CONTROLLER);
  }

  onChange(listener: (change: MetadataChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  quorumRequest<A extends RaftApi>(
    api: A,
    request: RequestOf<A>,
    version: number,
  ): Promise<Reply<A>> {
    return this.#raft.handle(api, version, request);
  }

  async close(): Promise<void> {
    if (this.#isStopped) return;
    await this.#raft.stop(STOP_TIMEOUT_MS);
    this.#stop();
    await this.#snapshotter.stop();
    await this.#storage.close();
  }

  async #committedAt(endOffset: number): Promise<boolean> {
    if (this.#isStopped) return false;
    return endOffset <= this.appliedOffset || this.#waiters.wait(endOffset);
  }

  #committed(highWatermark: number): void {
    if (this.#isStopped) return;
    try {
      const delta = this.#loader.applyUpTo(highWatermark);
      const change = { image: this.image, delta, appliedOffset: this.appliedOffset };
      if (!delta.isEmpty) for (const listener of this.#listeners) listener(change);
      this.#waiters.applied(this.appliedOffset);
      this.#activateIfDue();
      this.#snapshotter.applied();
      this.#tellIfReady();
    } catch (error) {
      this.#fail(error);
    }
  }

  #became({ role, epoch, epochStartOffset }: RoleChange): void {
    this.#active = null;
    this.#elected =
      role === 'leader' && epochStartOffset !== null
        ? { epoch, startOffset: epochStartOffset }
        : null;
    this.#waiters.giveUp();
    this.#armTimer();
  }

  /** The controller starts from the whole log: all of it before this epoch is committed now. */
  #activateIfDue(): void {
    const elected = this.#elected;
    if (elected === null || this.appliedOffset <= elected.startOffset) return;
    this.#elected = null;
    const { platform, config, clusterId } = this.#options;
    const image = new MetadataImage();
    for (const record of this.image.records()) image.apply(record);
    const { random } = platform;
    const { kraftVersion } = this;
    const parts = { clusterId, config, random, image, kraftVersion, scramKeysOf };
    const times = this.#times();
    const active = new ActiveController(this.#raft, parts, elected.epoch, times.now);
    const bootstrap = {
      records: bootstrapRecords(platform.disk, config.metadataLogDir),
      minIsr: config.getInt('min.insync.replicas'),
    };
    const first = activationRecords(this.image, this.#loader.isInTransaction, bootstrap);
    if (first.records.length > 0) active.append(first.records, first.effective, times);
    this.#active = active;
    this.#armTimer();
  }

  #tellIfReady(): void {
    if (this.#whenReady === null || this.#elected !== null) return;
    this.#readyOffset ??= this.#active === null ? this.appliedOffset : this.#raft.endOffset;
    if (this.appliedOffset < this.#readyOffset) return;
    this.#whenReady.resolve();
    this.#whenReady = null;
  }

  #armTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const deadline = this.#active?.nextDeadline() ?? Number.POSITIVE_INFINITY;
    if (this.#isStopped || !Number.isFinite(deadline)) return;
    const delayMs = Math.max(0, deadline - this.#clock.monotonic());
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#active?.tick(this.#times());
      this.#armTimer();
    });
  }

  #times(): Times {
    return { wallMs: this.#clock.now(), now: this.#clock.monotonic() };
  }

  /** The disk failed, or the log cannot be read: what this node would say may no longer be true. */
  #fail(error: unknown): void {
    if (this.#isStopped) return;
    const cause = error instanceof Error ? error : new Error(String(error));
    this.#stop();
    void this.#raft.stop(0);
    if (this.#whenReady === null) this.#options.onFailure(cause);
    else this.#whenReady.reject(cause);
  }

  #stop(): void {
    this.#isStopped = true;
    this.#active = null;
    void this.#snapshotter.stop();
    this.#timer?.cancel();
    this.#waiters.giveUp();
  }
}
