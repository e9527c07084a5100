import type { MetadataRecord } from '../records/metadata-record.ts';
import { ClientQuotasImage } from './client-quotas-image.ts';
import { ClusterImage } from './cluster-image.ts';
import { ConfigsImage } from './configs-image.ts';
import { FeaturesImage } from './features-image.ts';
import type { MetadataDelta } from './metadata-delta.ts';
import { AclsImage, DelegationTokensImage, ScramImage } from './security-image.ts';
import { TopicsImage } from './topics-image.ts';

const NO_PRODUCER_ID = -1;

/** Everything that the metadata log says, after some prefix of it. Loading the log is applying. */
export class MetadataImage {
  readonly features = new FeaturesImage();
  readonly cluster = new ClusterImage();
  readonly topics = new TopicsImage();
  readonly configs = new ConfigsImage();
  readonly clientQuotas = new ClientQuotasImage();
  readonly acls = new AclsImage();
  readonly scram = new ScramImage();
  readonly delegationTokens = new DelegationTokensImage();
  #nextProducerId = NO_PRODUCER_ID;

  /** The first producer id of the next block; -1 before the first block was given out. */
  get nextProducerId(): number {
    return this.#nextProducerId;
  }

  /**
   * Applies one record; what it changes is noted in `delta`. Throws when the record contradicts the
   * image, which means that the log is damaged or that there is a bug.
   */
  apply(record: MetadataRecord, delta?: MetadataDelta): void {
    switch (record.type) {
      case 'Topic':
        return this.topics.create(record, delta);
      case 'Partition':
        return this.topics.setPartition(record, delta);
      case 'PartitionChange':
        return this.topics.changePartition(record, delta);
      case 'RemoveTopic':
        return this.configs.removeTopic(this.topics.remove(record, delta).name, delta);
      case 'ClearElr':
        return this.topics.clearElr(record, delta);
      case 'Config':
        return this.configs.set(record, delta);
      case 'RegisterBroker':
        return this.cluster.registerBroker(record, delta);
      case 'UnregisterBroker':
        return this.cluster.unregisterBroker(record, delta);
      case 'FenceBroker':
      case 'UnfenceBroker':
        return this.cluster.setFenced(record, delta);
      case 'BrokerRegistrationChange':
        return this.cluster.changeBroker(record, delta);
      case 'RegisterController':
        return this.cluster.registerController(record, delta);
      case 'FeatureLevel':
        return this.features.set(record, delta);
      case 'ProducerIds':
        this.#nextProducerId = record.nextProducerId;
        delta?.parts.add('producerIds');
        return;
      case 'ClientQuota':
        return this.clientQuotas.set(record, delta);
      case 'AccessControlEntry':
        return this.acls.add(record, delta);
      case 'RemoveAccessControlEntry':
        return this.acls.remove(record, delta);
      case 'UserScramCredential':
        return this.scram.set(record, delta);
      case 'RemoveUserScramCredential':
        return this.scram.remove(record, delta);
      case 'DelegationToken':
        return this.delegationTokens.set(record, delta);
      case 'RemoveDelegationToken':
        return this.delegationTokens.remove(record, delta);
      case 'NoOp':
      case 'ZkMigration': // left by clusters that came from ZooKeeper; nothing acts on it any more
        return;
      case 'BeginTransaction':
      case 'EndTransaction':
      case 'AbortTransaction':
        throw new Error(`${record.type} delimits records and changes none`);
    }
  }

  /**
   * The records that make this image from an empty one: what a snapshot holds. They are those of the time
   * of the call, whatever is applied while they are gone through; what costs is done as they are taken.
   */
  records(): Iterable<MetadataRecord> {
    return oneAfterTheOther([
      this.features.records(),
      this.cluster.records(),
      this.topics.records(),
      this.configs.records(),
      this.clientQuotas.records(),
      producerIdsRecords(this.#nextProducerId),
      this.acls.records(),
      this.scram.records(),
      this.delegationTokens.records(),
    ]);
  }
}

function* oneAfterTheOther<T>(parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}

function producerIdsRecords(nextProducerId: number): MetadataRecord[] {
  if (nextProducerId === NO_PRODUCER_ID) return [];
  return [{ type: 'ProducerIds', brokerId: -1, brokerEpoch: -1, nextProducerId }];
}
