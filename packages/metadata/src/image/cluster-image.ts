import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { BrokerImage, ControllerImage, ListenerEndpoint, VersionRange } from './nodes.ts';
import type { MetadataDelta } from './metadata-delta.ts';

/** The nodes that have registered. */
export class ClusterImage {
  readonly #brokers = new Map<number, BrokerImage>();
  readonly #controllers = new Map<number, ControllerImage>();

  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.#brokers;
  }

  get controllers(): ReadonlyMap<number, ControllerImage> {
    return this.#controllers;
  }

  broker(id: number): BrokerImage | undefined {
    return this.#brokers.get(id);
  }

  registerBroker(record: RecordOf<'RegisterBroker'>, delta: MetadataDelta | undefined): void {
    this.#setBroker(brokerFromRecord(record), delta);
  }

  unregisterBroker(record: RecordOf<'UnregisterBroker'>, delta: MetadataDelta | undefined): void {
    this.#brokers.delete(record.brokerId);
    delta?.brokers.add(record.brokerId);
  }

  setFenced(
    record: RecordOf<'FenceBroker'> | RecordOf<'UnfenceBroker'>,
    delta: MetadataDelta | undefined,
  ): void {
    const broker = this.#broker(record.id, record.epoch);
    this.#setBroker({ ...broker, fenced: record.type === 'FenceBroker' }, delta);
  }

  changeBroker(
    record: RecordOf<'BrokerRegistrationChange'>,
    delta: MetadataDelta | undefined,
  ): void {
    const broker = this.#broker(record.brokerId, record.brokerEpoch);
    const changed = {
      ...broker,
      fenced: record.fenced === 0 ? broker.fenced : record.fenced > 0,
      inControlledShutdown: broker.inControlledShutdown || record.inControlledShutdown === 1,
      directories: record.logDirs.length > 0 ? record.logDirs : broker.directories,
      cordonedDirectories: record.cordonedLogDirs ?? broker.cordonedDirectories,
    };
    this.#setBroker(changed, delta);
  }

  registerController(
    record: RecordOf<'RegisterController'>,
    delta: MetadataDelta | undefined,
  ): void {
    this.#controllers.set(record.controllerId, {
      id: record.controllerId,
      incarnationId: record.incarnationId,
      zkMigrationReady: record.zkMigrationReady,
      listeners: listenersByName(record.endPoints),
      features: rangesByName(record.features),
    });
    delta?.controllers.add(record.controllerId);
  }

  records(): Iterable<MetadataRecord> {
    const brokers = Array.from(this.#brokers.values(), brokerToRecord);
    return [...brokers, ...Array.from(this.#controllers.values(), controllerToRecord)];
  }

  #broker(id: number, epoch: number): BrokerImage {
    const broker = this.#brokers.get(id);
    if (broker?.epoch === epoch) return broker;
    throw new Error(`broker ${id} has epoch ${broker?.epoch ?? 'none'}, not ${epoch}`);
  }

  #setBroker(broker: BrokerImage, delta: MetadataDelta | undefined): void {
    this.#brokers.set(broker.id, broker);
    delta?.brokers.add(broker.id);
  }
}

function brokerFromRecord(record: RecordOf<'RegisterBroker'>): BrokerImage {
  return {
    id: record.brokerId,
    epoch: record.brokerEpoch,
    incarnationId: record.incarnationId,
    listeners: listenersByName(record.endPoints),
    features: rangesByName(record.features),
    rack: record.rack,
    fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown,
    isMigratingZkBroker: record.isMigratingZkBroker,
    directories: record.logDirs,
    cordonedDirectories: record.cordonedLogDirs,
  };
}

function brokerToRecord(broker: BrokerImage): RecordOf<'RegisterBroker'> {
  return {
    type: 'RegisterBroker',
    brokerId: broker.id,
    isMigratingZkBroker: broker.isMigratingZkBroker,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: [...broker.listeners.values()],
    features: rangesToRecord(broker.features),
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
    logDirs: [...broker.directories],
    cordonedLogDirs: broker.cordonedDirectories && [...broker.cordonedDirectories],
  };
}

function controllerToRecord(controller: ControllerImage): RecordOf<'RegisterController'> {
  return {
    type: 'RegisterController',
    controllerId: controller.id,
    incarnationId: controller.incarnationId,
    zkMigrationReady: controller.zkMigrationReady,
    endPoints: [...controller.listeners.values()],
    features: rangesToRecord(controller.features),
  };
}

function listenersByName(endpoints: readonly ListenerEndpoint[]): Map<string, ListenerEndpoint> {
  return new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
}

type FeatureRange = { name: string; minSupportedVersion: number; maxSupportedVersion: number };

function rangesByName(features: readonly FeatureRange[]): Map<string, VersionRange> {
  return new Map(
    features.map(({ name, minSupportedVersion: min, maxSupportedVersion: max }) => [
      name,
      { min, max },
    ]),
  );
}

function rangesToRecord(features: ReadonlyMap<string, VersionRange>): FeatureRange[] {
  return Array.from(features, ([name, { min, max }]) => ({
    name,
    minSupportedVersion: min,
    maxSupportedVersion: max,
  }));
}
