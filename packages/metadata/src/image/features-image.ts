import { METADATA_VERSION_FEATURE, RELEASE_METADATA_VERSION } from '../records/record-versions.ts';
import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { MetadataDelta } from './metadata-delta.ts';

/** The finalized levels of the cluster's features (KIP-584). */
export class FeaturesImage {
  readonly #levels = new Map<string, number>();

  /** Levels above 0, without kraft.version: that one stands in the voters' control records. */
  get levels(): ReadonlyMap<string, number> {
    return this.#levels;
  }

  /** 0 where the feature isn't finalized. */
  level(name: string): number {
    return this.#levels.get(name) ?? 0;
  }

  /** What `metadata.version` is; records are written in the versions that it allows. */
  get metadataVersion(): number {
    return this.#levels.get(METADATA_VERSION_FEATURE) ?? RELEASE_METADATA_VERSION;
  }

  /** KIP-966. */
  get isElrEnabled(): boolean {
    return this.level('eligible.leader.replicas.version') >= 1;
  }

  set(record: RecordOf<'FeatureLevel'>, delta: MetadataDelta | undefined): void {
    if (record.featureLevel === 0) this.#levels.delete(record.name);
    else this.#levels.set(record.name, record.featureLevel);
    delta?.parts.add('features');
  }

  /** metadata.version comes first, because it decides how later records are read. */
  records(): Iterable<MetadataRecord> {
    const names = [...this.#levels.keys()].filter((name) => name !== METADATA_VERSION_FEATURE);
    if (this.#levels.has(METADATA_VERSION_FEATURE)) names.unshift(METADATA_VERSION_FEATURE);
    return names.map((name) => ({ type: 'FeatureLevel', name, featureLevel: this.level(name) }));
  }
}
