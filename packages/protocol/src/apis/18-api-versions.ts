import { api } from '../schema/api.ts';
import { array, bool, int16, int32, int64, string } from '../schema/field.ts';

/** Says which APIs and versions a broker speaks: the first request of a connection. */
export const apiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexible: 3,
  listeners: ['broker', 'controller'],
  request: () => ({
    clientSoftwareName: string.since(3).ignorable(),
    clientSoftwareVersion: string.since(3).ignorable(),
  }),
  response: () => ({
    errorCode: int16,
    apiKeys: array({
      apiKey: int16,
      minVersion: int16,
      maxVersion: int16,
    }),
    throttleTimeMs: int32.since(1).ignorable(),
    supportedFeatures: array({
      name: string.since(3),
      minVersion: int16.since(3),
      maxVersion: int16.since(3),
    })
      .since(3)
      .tagged(0)
      .ignorable(),
    finalizedFeaturesEpoch: int64.since(3).tagged(1).default(-1).ignorable(),
    finalizedFeatures: array({
      name: string.since(3),
      maxVersionLevel: int16.since(3),
      minVersionLevel: int16.since(3),
    })
      .since(3)
      .tagged(2)
      .ignorable(),
    zkMigrationReady: bool.since(3).tagged(3).default(false).ignorable(),
  }),
});
