import type { CallOptions } from '../cluster/cluster.ts';
import { checkAnswer } from './check-answer.ts';
import type { AdminCalls } from './admin-calls.ts';

export interface VersionRange {
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface FeatureDescription {
  /** Counts changes; null where the broker does not know it yet. */
  readonly finalizedEpoch: number | null;
  /** What the whole cluster uses, by name (`metadata.version`). */
  readonly finalized: ReadonlyMap<string, VersionRange>;
  /** What the broker that answered could use. */
  readonly supported: ReadonlyMap<string, VersionRange>;
}

const upgradeTypes = { upgrade: 1, 'safe-downgrade': 2, 'unsafe-downgrade': 3 } as const;

export interface FeatureUpdate {
  /** 0 takes the feature out of use. */
  readonly maxVersionLevel: number;
  /** A downgrade is unsafe when metadata may be lost by it. */
  readonly upgradeType?: keyof typeof upgradeTypes | undefined;
}

export interface UpdateFeaturesOptions extends CallOptions {
  /** Only checks whether the change would be made (Kafka 3.3). */
  readonly validateOnly?: boolean | undefined;
}

export interface DescribeFeaturesOptions extends CallOptions {
  /** The broker to ask; any when left out. */
  readonly nodeId?: number | undefined;
}

/** What an admin does with the features of the cluster (KIP-584). */
export function featureOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    describeFeatures: (options: DescribeFeaturesOptions = {}): Promise<FeatureDescription> =>
      calls.once(async () => {
        const request = { clientSoftwareName: 'tidelog', clientSoftwareVersion: '0.1.0' };
        const { nodeId } = options;
        if (nodeId !== undefined && cluster.metadata.broker(nodeId) === undefined) {
          await cluster.refresh([]);
        }
        const response =
          nodeId === undefined
            ? await cluster.sendToAny('ApiVersions', request)
            : await cluster.send({ node: nodeId }, 'ApiVersions', request);
        checkAnswer(response, 'features');
        const { finalizedFeaturesEpoch } = response;
        return {
          finalizedEpoch: finalizedFeaturesEpoch < 0 ? null : finalizedFeaturesEpoch,
          finalized: new Map(
            response.finalizedFeatures.map(({ name, minVersionLevel, maxVersionLevel }) => [
              name,
              { minVersion: minVersionLevel, maxVersion: maxVersionLevel },
            ]),
          ),
          supported: new Map(
            response.supportedFeatures.map(({ name, minVersion, maxVersion }) => [
              name,
              { minVersion, maxVersion },
            ]),
          ),
        };
      }, options),

    /** Changes what the whole cluster uses: all of these features, or none. */
    updateFeatures: (
      updates: ReadonlyMap<string, FeatureUpdate>,
      options: UpdateFeaturesOptions = {},
    ): Promise<void> =>
      calls.once(async () => {
        const response = await cluster.sendToController('UpdateFeatures', {
          timeoutMs: cluster.settings.requestTimeoutMs,
          featureUpdates: Array.from(updates, ([feature, update]) => ({
            feature,
            maxVersionLevel: update.maxVersionLevel,
            upgradeType: upgradeTypes[update.upgradeType ?? 'upgrade'],
          })),
          validateOnly: options.validateOnly ?? false,
        });
        checkAnswer(response, 'features');
        for (const result of response.results) checkAnswer(result, `feature ${result.feature}`);
      }, options),
  };
}
