import {
  GroupCoordinator,
  type ShareCoordinator,
  type ShareGroupCoordinator,
  StreamsGroupCoordinator,
  type TransactionCoordinator,
} from '@tidelog/coordinator';
import type { LogCleaner } from '@tidelog/log';
import {
  type BrokerConfig,
  type ClusterMetadata,
  KRAFT_VERSION_FEATURE,
  type MetadataChange,
  RESOURCE,
} from '@tidelog/metadata';
import type { Server } from '@tidelog/network';
import type { Address, Platform, Timer } from '@tidelog/platform';
import { featureRanges } from './config/feature-ranges.ts';
import { withDynamicConfigs } from './config/dynamic-configs.ts';
import { groupConfig } from './config/group-config.ts';
import { GroupSettingsCache } from './config/group-settings.ts';
import { internalTopics, OFFSETS_TOPIC } from './config/internal-topics.ts';
import { LoggerLevels } from './config/logger-levels.ts';
import { FetchSessions } from './fetch/fetch-sessions.ts';
import { openCleaner } from './lifecycle/cleaning.ts';
import { Coordinators } from './lifecycle/coordinators.ts';
import { openHttp } from './lifecycle/http.ts';
import { Registration } from './lifecycle/registration.ts';
import { type OpenedStorage, openStorage } from './lifecycle/storage.ts';
import { refuseUnserved } from './lifecycle/unserved-configs.ts';
import { BrokerMetrics } from './metrics/broker-metrics.ts';
import type { HttpListener } from './metrics/http-listener.ts';
import { Partitions } from './partition/partitions.ts';
import { ReplicaHosting } from './partition/replica-hosting.ts';
import { OrderedAppends } from './produce/ordered-appends.ts';
import { ProducerIds } from './producer/producer-ids.ts';
import { listen, type ServeLog, servedVersions } from './serve.ts';
import type { BrokerServices } from './services.ts';
import { Sharing } from './share/sharing.ts';
import { LocalPersister } from './share-state/local-persister.ts';
import { shareCoordinator } from './share-state/share-coordinator.ts';
import { shareGroupCoordinator } from './share-state/share-groups.ts';
import { ClientTelemetry } from './telemetry/client-telemetry.ts';
import { TelemetrySubscriptions } from './telemetry/subscriptions.ts';
import { StreamsTopics } from './topics/streams-topics.ts';
import { topicSettings } from './topics/topic-settings.ts';
import { topicsView } from './topics/topics-view.ts';
import { TransactionVerification } from './transaction/transaction-verification.ts';
import { transactionCoordinator } from './transaction/transactions.ts';

/** How often the log directories are looked after. */
const TICK_MS = 1000;
/** How long a stopping broker lets replies leave. */
const CLOSE_GRACE_MS = 500;

export interface BrokerOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  /** What clients are told to connect to where a listener has no host of its own. */
  readonly hostName: string;
  readonly log: ServeLog;
  /** Something happened that a broker cannot live with: the process should end. */
  readonly onFatal: (error: Error) => void;
}

/**
 * One broker with its controller in the same process: opens its directories (and formats new ones),
 * joins the metadata quorum, registers, takes on its partitions, and serves its listeners.
 */
export class Broker implements BrokerServices {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly clock: Platform['clock'];
  readonly metadata: ClusterMetadata;
  readonly hosting: ReplicaHosting;
  readonly partitions: Partitions;
  readonly appends: OrderedAppends;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly shareGroups: ShareGroupCoordinator;
  readonly streamsGroups: StreamsGroupCoordinator;
  readonly streamsTopics = new StreamsTopics();
  readonly shareState: ShareCoordinator;
  readonly sharePersister: LocalPersister;
  readonly verification: TransactionVerification;
  readonly sharing: Sharing;
  readonly producerIds: ProducerIds;
  readonly fetchSessions: FetchSessions;
  readonly loggers: LoggerLevels;
  readonly metrics: BrokerMetrics;
  readonly telemetry: ClientTelemetry;
  readonly internalTopics: BrokerServices['internalTopics'];
  readonly servedApis: BrokerServices['servedApis'];
  readonly supportedFeatures = featureRanges();
  readonly #options: BrokerOptions;
  readonly #registration: Registration;
  readonly #groupSettings: GroupSettingsCache;
  readonly #subscriptions: TelemetrySubscriptions;
  readonly #cleaner: LogCleaner;
  readonly #coordinators = new Coordinators(this);
  readonly #servers: Server[] = [];
  #http: HttpListener | null = null;
  #config: BrokerConfig;
  #tick: Timer | null = null;
  #isReady = false;

  /** Starts a broker; resolves when it serves. Throws a StartupError with one sentence. */
  static async start(given: BrokerOptions): Promise<Broker> {
    refuseUnserved(given.config);
    const loggers = new LoggerLevels();
    const options = { ...given, log: loggers.filter(given.log) };
    const storage = await openStorage(options);
    const broker = new Broker(options, storage, loggers);
    try {
      await broker.#start();
      return broker;
    } catch (error) {
      await broker.stop();
      throw error;
    }
  }

  private constructor(options: BrokerOptions, storage: OpenedStorage, loggers: LoggerLevels) {
    this.loggers = loggers;
    const { platform, config, log } = options;
    const { clock, random } = platform;
    this.#options = options;
    this.#config = config;
    this.nodeId = config.nodeId;
    this.clusterId = storage.clusterId;
    this.clock = clock;
    this.metadata = storage.metadata;
    this.internalTopics = internalTopics(config);
    const warn = (message: string) => log.warn(message);
    this.#groupSettings = new GroupSettingsCache(config, (groupId) =>
      this.metadata.image.configs.of(RESOURCE.GROUP, groupId),
    );
    this.shareState = shareCoordinator(this, warn);
    this.sharePersister = new LocalPersister(this);
    this.sharing = new Sharing({
      store: this.sharePersister,
      clock,
      maxSessions: config.getInt('group.share.max.share.sessions'),
      settings: this.#groupSettings.of,
    });
    const topics = topicsView(this.metadata);
    this.groups = new GroupCoordinator({
      config: groupConfig(config),
      clock,
      random,
      topics: () => topics,
      settings: this.#groupSettings.of,
      verify: (partition, commit, version) =>
        this.verification.verifyOffsets(
          this.partitions.find(OFFSETS_TOPIC, partition),
          commit,
          version,
        ),
      warn,
    });
    this.metrics = new BrokerMetrics(config, clock);
    this.servedApis = servedVersions(config);
    this.#subscriptions = new TelemetrySubscriptions(() => this.metadata.image);
    this.telemetry = new ClientTelemetry({
      clock,
      random,
      subscriptions: this.#subscriptions,
      maxBytes: config.getInt('telemetry.max.bytes'),
    });
    const { directories } = storage;
    directories.onFailure = (path, reason) => this.#directoryFailed(path, reason);
    this.hosting = new ReplicaHosting({
      brokerId: this.nodeId,
      brokerEpoch: () => this.#registration.brokerEpoch,
      directories,
      metadata: this.metadata,
      clock,
      config: () => this.#config,
      warn,
    });
    this.partitions = new Partitions({
      brokerId: this.nodeId,
      hosting: this.hosting,
      clock,
      traffic: this.metrics.traffic,
      settingsOf: (topic) =>
        topicSettings(this.#config, this.metadata.image.configs.of(RESOURCE.TOPIC, topic)),
      onLeader: (partition) => this.#coordinators.elected(partition),
      onNoLeader: (partition) => this.#coordinators.resigned(partition),
      warn,
    });
    this.appends = new OrderedAppends({
      computing: platform.computing,
      clock,
      maxThreads: () => this.#config.getInt('num.io.threads'),
      warn,
    });
    this.fetchSessions = new FetchSessions({
      slots: config.getInt('max.incremental.fetch.session.cache.slots'),
      random,
    });
    this.#cleaner = openCleaner(directories.opened, () => this.#config, options);
    this.#registration = new Registration({
      config,
      clusterId: this.clusterId,
      metadata: this.metadata,
      clock,
      incarnationId: random.uuid(),
      directoryIds: directories.registeredIds,
      failedDirectoryIds: () => directories.failedIds,
      cordonedDirectoryIds: () => this.hosting.cordonedIds(),
      advertised: () => this.#advertised(),
      features: this.supportedFeatures,
      previousBrokerEpoch: storage.previousBrokerEpoch,
      warn,
    });
    this.streamsGroups = new StreamsGroupCoordinator(this.groups);
    this.shareGroups = shareGroupCoordinator(this, topics, warn);
    this.producerIds = new ProducerIds(this.metadata, () => ({
      brokerId: this.nodeId,
      brokerEpoch: this.#registration.brokerEpoch,
    }));
    this.verification = new TransactionVerification({
      clock,
      config: () => this.#config,
      coordinator: () => this.transactions,
    });
    this.transactions = transactionCoordinator(this, warn);
  }

  get config(): BrokerConfig {
    return this.#config;
  }

  /** Where clients are told to connect. */
  get addresses(): readonly Address[] {
    return this.#advertised().map(({ host, port }) => ({ host, port }));
  }

  /** Of the HTTP listener; undefined without one. */
  get httpPort(): number | undefined {
    return this.#http?.port;
  }

  finalizedFeatures(): ReadonlyMap<string, number> {
    const { image, kraftVersion } = this.metadata;
    return new Map([...image.features.levels, [KRAFT_VERSION_FEATURE, kraftVersion]]);
  }

  async #start(): Promise<void> {
    const { platform, log } = this.#options;
    for (const listener of this.#config.brokerListeners) {
      this.#servers.push(await listen(listener, this, { platform, log }));
    }
    this.#http = await openHttp(this.#config, {
      metrics: () => this.metrics.page(this, this.#connections()),
      notReady: () => this.#notReady(),
    });
    this.#reconfigure();
    for (const { type, name } of this.metadata.image.configs.resources()) {
      if (type === RESOURCE.GROUP) this.#groupSettings.refresh(name);
    }
    this.#subscriptions.load();
    this.partitions.load(this.metadata.image);
    this.metadata.onChange((change) => this.#apply(change));
    await this.#registration.start();
    void this.hosting.assignments.send();
    await this.partitions.visible();
    this.#look();
    for (const server of this.#servers) server.open();
    this.#isReady = true;
  }

  /** Stops cleanly: the next start needs no recovery. */
  async stop(): Promise<void> {
    this.#isReady = false;
    this.#tick?.cancel();
    this.#registration.stop();
    this.partitions.finish();
    this.hosting.stop();
    await Promise.all(this.#servers.map((server) => server.close(CLOSE_GRACE_MS)));
    await this.appends.close();
    this.#coordinators.close();
    await this.#http?.close();
    const { brokerEpoch } = this.#registration;
    await this.#cleaner.stop();
    await this.metadata.close();
    for (const directory of this.hosting.directories.opened) await directory.close(brokerEpoch);
  }

  /** Called in the middle of whatever failed there. */
  #directoryFailed(path: string, reason: string): void {
    const { log, onFatal, config } = this.#options;
    log.error(`${path} is offline: ${reason}`);
    queueMicrotask(() => {
      const loss = this.hosting.directories.lossOf(path, config.metadataLogDir);
      if (loss !== null) return onFatal(new Error(`${loss}: ${reason}`));
      this.partitions.directoryFailed(path, reason);
      this.#registration.beatNow();
    });
  }

  /** The committed metadata has moved on. */
  #apply(change: MetadataChange): void {
    const { delta } = change;
    let brokerChanged = false;
    for (const { type, name } of delta.configs) {
      if (type === RESOURCE.TOPIC) this.partitions.reconfigure(name);
      if (type === RESOURCE.GROUP) this.#groupSettings.refresh(name);
      this.#subscriptions.changed({ type, name });
      brokerChanged ||= type === RESOURCE.BROKER;
    }
    if (brokerChanged) this.#reconfigure();
    this.partitions.apply(change);
    this.#coordinators.apply(delta);
  }

  /** Takes on the dynamic configs of the cluster and of this broker. */
  #reconfigure(): void {
    const warn = (message: string) => this.#options.log.warn(message);
    this.#config = withDynamicConfigs(this.#config, this.metadata.image, warn);
    const expirationMs = this.#config.getInt('producer.id.expiration.ms');
    for (const { context } of this.hosting.directories.opened)
      context.producerIdExpirationMs = expirationMs;
    this.#groupSettings.reconfigure(this.#config);
    this.partitions.reconfigure();
  }

  /** Open connections by the name of their listener. */
  #connections(): Map<string, number> {
    const { brokerListeners } = this.#config;
    return new Map(
      this.#servers.map((server, at) => [brokerListeners[at]!.name, server.connectionCount]),
    );
  }

  #notReady(): string | null {
    if (!this.#isReady) return 'the broker is starting or stopping';
    const fenced = this.metadata.image.cluster.broker(this.nodeId)?.fenced ?? true;
    return fenced ? 'the broker is fenced' : null;
  }

  #look(): void {
    this.#tick = this.clock.setTimer(TICK_MS, () => {
      const now = this.clock.now();
      this.hosting.tick(now, (message) => this.#options.log.error(message));
      this.partitions.tick();
      this.#cleaner.tick(now);
      this.#look();
    });
  }

  /** The advertised listeners, with the ports that are really bound where 0 was asked for. */
  #advertised() {
    const { brokerListeners, advertisedListeners } = this.#config;
    return advertisedListeners.map((advertised) => {
      const at = brokerListeners.findIndex(({ name }) => name === advertised.name);
      const bound = this.#servers[at]?.address;
      const port = advertised.port === 0 ? (bound?.port ?? 0) : advertised.port;
      return {
        ...advertised,
        host: advertised.host ?? this.#options.hostName,
        port,
      };
    });
  }
}
