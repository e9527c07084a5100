import type { RequestOf } from '@tidelog/protocol';
import { RESOURCE } from '../image/configs-image.ts';
import {
  ELR_FEATURE,
  KRAFT_VERSION_FEATURE,
  losesMetadata,
  metadataVersionName,
  requiredMetadataVersion,
  supportedFeatures,
} from '../features/features.ts';
import type { VersionRange } from '../image/nodes.ts';
import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import { METADATA_VERSION_FEATURE } from '../records/record-versions.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

type Request = RequestOf<'UpdateFeatures'>;
type Update = Request['featureUpdates'][number];

const UPGRADE = { UNKNOWN: 0, UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const;
const DISABLED: VersionRange = { min: 0, max: 0 };
const MIN_ISR = 'min.insync.replicas';
const LAST_VERSION_WITH_RESULTS = 1;

/** UpdateFeatures: all of the request, or nothing. */
export function updateFeatures(
  state: ControllerState,
  request: Request,
  version: number,
): Decision<'UpdateFeatures'> {
  const proposed = new Map(state.image.features.levels);
  for (const { feature, maxVersionLevel } of request.featureUpdates) {
    proposed.set(feature, maxVersionLevel);
  }
  const records: MetadataRecord[] = elrSafetyRecords(state, request);
  for (const update of request.featureUpdates) {
    const record = updateFeature(state, update, proposed);
    if (record instanceof Refusal) return refused(record);
    if (record !== undefined) records.push(record);
  }
  const results = request.featureUpdates.map(({ feature }) => ({ feature, ...errorFields() }));
  return {
    records: request.validateOnly ? [] : records,
    reply: {
      throttleTimeMs: 0,
      ...errorFields(),
      results: version <= LAST_VERSION_WITH_RESULTS ? results : [],
    },
  };
}

function refused({ error, message }: Refusal): Decision<'UpdateFeatures'> {
  const errorMessage =
    'The update failed for all features since the following feature had an error: ' + message;
  return {
    records: [],
    reply: { throttleTimeMs: 0, errorCode: error.code, errorMessage, results: [] },
  };
}

/**
 * With eligible leaders, min.insync.replicas must be the same on all brokers: it becomes a config of
 * the cluster, and those of single brokers go.
 */
function elrSafetyRecords(state: ControllerState, request: Request): MetadataRecord[] {
  const enables = request.featureUpdates.some(
    (update) => update.feature === ELR_FEATURE && update.maxVersionLevel > 0,
  );
  if (!enables) return [];
  const { configs } = state.image;
  const records: MetadataRecord[] = [];
  if (!configs.of(RESOURCE.BROKER, '').has(MIN_ISR)) {
    records.push(minIsrRecord('', String(state.config.getInt(MIN_ISR))));
  }
  for (const { type, name } of configs.resources()) {
    const isBroker = type === RESOURCE.BROKER && name !== '';
    if (isBroker && configs.of(type, name).has(MIN_ISR)) records.push(minIsrRecord(name, null));
  }
  return records;
}

function minIsrRecord(broker: string, value: string | null): RecordOf<'Config'> {
  const resourceType = RESOURCE.BROKER;
  return { type: 'Config', resourceType, resourceName: broker, name: MIN_ISR, value };
}

function updateFeature(
  state: ControllerState,
  { feature, maxVersionLevel: level, upgradeType }: Update,
  proposed: ReadonlyMap<string, number>,
): MetadataRecord | undefined | Refusal {
  const refuse = (reason: string): Refusal => {
    const message = `Invalid update version ${level} for feature ${feature}. ${reason}`;
    return new Refusal('INVALID_UPDATE_VERSION', message);
  };
  if (upgradeType <= UPGRADE.UNKNOWN || upgradeType > UPGRADE.UNSAFE_DOWNGRADE) {
    return refuse('The controller does not support the given upgrade type.');
  }
  if (level < 0) return refuse('A feature version cannot be less than 0.');
  const unsupported = reasonNotSupported(state, feature, level);
  if (unsupported !== undefined) return refuse(unsupported);
  const current = currentLevel(state, feature);
  if (level < current && upgradeType === UPGRADE.UPGRADE) {
    return refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either " +
        'safe or unsafe downgrade.',
    );
  }
  if (level > current && upgradeType !== UPGRADE.UPGRADE) {
    return refuse("Can't downgrade to a newer version.");
  }
  if (feature === KRAFT_VERSION_FEATURE) {
    if (level === current) return undefined;
    return refuse('The version of this feature is that of the voters in the metadata log.');
  }
  if (feature === METADATA_VERSION_FEATURE) {
    const refusal = downgradeRefusal(current, level, upgradeType);
    if (refusal !== undefined) return refusal;
  } else if (level > 0) {
    const needed = requiredMetadataVersion(feature);
    if ((proposed.get(METADATA_VERSION_FEATURE) ?? 0) < needed) {
      return refuse(
        `${feature} could not be set to ${level} because it depends on metadata.version level ` +
          `${needed}`,
      );
    }
  }
  return { type: 'FeatureLevel', name: feature, featureLevel: level };
}

function currentLevel(state: ControllerState, feature: string): number {
  if (feature === METADATA_VERSION_FEATURE) return state.image.features.metadataVersion;
  if (feature === KRAFT_VERSION_FEATURE) return state.kraftVersion;
  return state.image.features.level(feature);
}

/** Every node of the cluster must be able to run the level. */
function reasonNotSupported(
  state: ControllerState,
  feature: string,
  level: number,
): string | undefined {
  const { brokers, controllers } = state.image.cluster;
  const own = state.config.nodeId;
  const nodes: [string, ReadonlyMap<string, VersionRange>][] = [
    [`Local controller ${own}`, supportedFeatures],
    ...Array.from(brokers.values(), (broker): [string, ReadonlyMap<string, VersionRange>] => [
      `Broker ${broker.id}`,
      broker.features,
    ]),
    ...[...controllers.values()]
      .filter((controller) => controller.id !== own)
      .map((controller): [string, ReadonlyMap<string, VersionRange>] => [
        `Controller ${controller.id}`,
        controller.features,
      ]),
  ];
  for (const [what, features] of nodes) {
    const { min, max } = features.get(feature) ?? DISABLED;
    if (level >= min && level <= max) continue;
    if (max === 0) return `${what} does not support this feature.`;
    return `${what} only supports versions ${min === max ? min : `${min}-${max}`}`;
  }
  return undefined;
}

function downgradeRefusal(from: number, to: number, upgradeType: number): Refusal | undefined {
  if (to >= from || !losesMetadata(from, to)) return undefined;
  const reason =
    upgradeType === UPGRADE.UNSAFE_DOWNGRADE
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.';
  const names = `from ${metadataVersionName(from)} to ${metadataVersionName(to)}`;
  const message = `Unsupported metadata.version downgrade ${names}. ${reason}`;
  return new Refusal('INVALID_UPDATE_VERSION', message);
}
