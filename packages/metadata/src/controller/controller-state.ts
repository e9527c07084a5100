import type { Random } from '@tidelog/platform';
import type { BrokerConfig } from '../configs/broker-config.ts';
import { RESOURCE } from '../image/configs-image.ts';
import type { MetadataImage } from '../image/metadata-image.ts';
import type { BrokerImage } from '../image/nodes.ts';
import { DIRECTORY_LOST, DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED } from '../image/partition.ts';
import type { TopicImage } from '../image/topic.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import type { ScramKeysOf } from './alter-scram-credentials.ts';
import { BrokerSessions } from './broker-sessions.ts';
import { effectiveTopicConfig } from './effective-configs.ts';
import { TopicNameCollisions } from './topic-names.ts';

/** What a controller is made of; the image becomes its own. */
export interface ControllerParts {
  readonly clusterId: string;
  readonly config: BrokerConfig;
  readonly random: Random;
  readonly image: MetadataImage;
  /** kraft.version, which the voters' records hold. */
  readonly kraftVersion: number;
  readonly scramKeysOf: ScramKeysOf;
}

/** Everything that decisions are made from: the image up to the last decided record, and liveness. */
export class ControllerState {
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly random: Random;
  readonly image: MetadataImage;
  readonly kraftVersion: number;
  readonly scramKeysOf: ScramKeysOf;
  readonly sessions: BrokerSessions;
  readonly collisions = new TopicNameCollisions();
  /** Offset of the record that registered a broker: it must have applied that to be unfenced. */
  readonly #registrationOffsets = new Map<number, number>();

  /** `given.image` holds everything below `at.offset`. */
  constructor(given: ControllerParts, at: { now: number; offset: number }) {
    this.config = given.config;
    this.clusterId = given.clusterId;
    this.random = given.random;
    this.image = given.image;
    this.kraftVersion = given.kraftVersion;
    this.scramKeysOf = given.scramKeysOf;
    this.sessions = new BrokerSessions(
      given.config.getInt('broker.session.timeout.ms'),
      given.config.nodeId,
    );
    for (const { name } of this.image.topics.all()) this.collisions.add(name);
    for (const broker of this.image.cluster.brokers.values()) {
      this.sessions.register(broker.id, broker.fenced);
      this.#registrationOffsets.set(broker.id, at.offset - 1);
      // This node holds the lock of its directories, so an earlier incarnation of it is gone, and
      // its registration need not wait until a session runs out.
      const mayLive = !broker.fenced && broker.id !== given.config.nodeId;
      if (mayLive) this.sessions.contact(broker.id, broker.epoch, at.now);
    }
  }

  apply(record: MetadataRecord, offset: number): void {
    if (record.type === 'RemoveTopic') {
      const topic = this.image.topics.byId(record.topicId);
      if (topic !== undefined) this.collisions.remove(topic.name);
    }
    this.image.apply(record);
    switch (record.type) {
      case 'Topic':
        this.collisions.add(record.name);
        break;
      case 'RegisterBroker':
        this.#registrationOffsets.set(record.brokerId, offset);
        break;
      case 'UnregisterBroker':
        this.sessions.remove(record.brokerId);
        this.#registrationOffsets.delete(record.brokerId);
        break;
      case 'BrokerRegistrationChange': {
        const broker = this.image.cluster.broker(record.brokerId);
        if (broker !== undefined) this.sessions.register(broker.id, broker.fenced);
        break;
      }
      default:
        break;
    }
  }

  broker(id: number): BrokerImage | undefined {
    return this.image.cluster.broker(id);
  }

  /** True where the cluster is more than this node. */
  hasOtherNodes(): boolean {
    const { brokers, controllers } = this.image.cluster;
    return [...brokers.keys(), ...controllers.keys()].some((id) => id !== this.config.nodeId);
  }

  registrationOffset(id: number): number {
    return this.#registrationOffsets.get(id) ?? Number.POSITIVE_INFINITY;
  }

  /** Registered, unfenced, and not about to leave: may be in an ISR, and lead. */
  isActive(id: number): boolean {
    const broker = this.broker(id);
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
  }

  hasOnlineDirectory(id: number, directory: string): boolean {
    const broker = this.broker(id);
    if (broker === undefined || directory === DIRECTORY_LOST) return false;
    if (directory === DIRECTORY_UNASSIGNED || directory === DIRECTORY_MIGRATING) return true;
    // Brokers that registered before directories had ids did not tell any.
    return broker.directories.length === 0 || broker.directories.includes(directory);
  }

  /** The directory that a new replica gets: known only where the broker has just one. */
  defaultDirectory(id: number): string {
    const broker = this.broker(id);
    if (broker === undefined) return DIRECTORY_UNASSIGNED;
    const [first, second] = broker.directories;
    if (first === undefined) return DIRECTORY_MIGRATING;
    return second === undefined ? first : DIRECTORY_UNASSIGNED;
  }

  /** Brokers that can be given new replicas; fenced ones too, as a last choice. */
  usableBrokers(): BrokerImage[] {
    return [...this.image.cluster.brokers.values()].filter(
      (broker) => !this.sessions.isShuttingDown(broker.id) && hasUncordonedDirectory(broker),
    );
  }

  /** What a config of a topic comes to, seen from this node; null where it has no value. */
  topicConfig(topic: string, key: string): string | null {
    const { configs } = this.image;
    return effectiveTopicConfig(key, {
      topic: configs.of(RESOURCE.TOPIC, topic),
      broker: configs.of(RESOURCE.BROKER, String(this.config.nodeId)),
      cluster: configs.of(RESOURCE.BROKER, ''),
      node: this.config.layers.static,
    }).value;
  }

  /** min.insync.replicas, but never more than there are replicas. */
  minIsr(topic: TopicImage): number {
    const minIsr = Number(this.topicConfig(topic.name, 'min.insync.replicas'));
    return Math.min(minIsr, topic.partitions[0]?.replicas.length ?? 1);
  }

  allowsUncleanElection(topic: string): boolean {
    const value = this.topicConfig(topic, 'unclean.leader.election.enable');
    return value?.toLowerCase() === 'true';
  }
}

/** A broker whose directories are all cordoned takes no new replicas (KIP-1066). */
export function hasUncordonedDirectory(broker: BrokerImage): boolean {
  const cordoned = broker.cordonedDirectories ?? [];
  return broker.directories.length === 0 || broker.directories.some((id) => !cordoned.includes(id));
}
