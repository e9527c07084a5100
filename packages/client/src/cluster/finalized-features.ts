/** A feature as a broker tells of it in ApiVersions. */
interface FeatureLevel {
  readonly name: string;
  readonly maxVersionLevel: number;
}

/**
 * The features that the cluster has agreed on (KIP-584), as far as connections have told. Brokers may lag
 * behind each other; what was finalized later counts.
 */
export class FinalizedFeatures {
  #epoch = -1;
  #levels = new Map<string, number>();

  /** Takes in what a broker says at the start of a connection; an epoch of -1 says nothing. */
  heard(epoch: number, features: readonly FeatureLevel[]): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    this.#levels = new Map(features.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
  }

  /** 0 where the feature is not enabled, or not known to the brokers. */
  level(name: string): number {
    return this.#levels.get(name) ?? 0;
  }
}
