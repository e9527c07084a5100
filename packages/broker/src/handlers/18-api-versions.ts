import { apis, errors, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { rememberSoftware } from './client-software.ts';
import type { Handler } from './handler.ts';

/** What a client calls itself must look like this (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/**
 * Versions 0 to 4. Lists what the table of handlers serves, and from v3 on the features: what this
 * release supports, and what is finalized in the cluster. A newer version than 4 is answered in
 * version 0 with UNSUPPORTED_VERSION before it gets here.
 */
export const apiVersions: Handler<'ApiVersions'> = (request, context, broker) => {
  if (context.apiVersion >= 3) {
    const { clientSoftwareName, clientSoftwareVersion } = request;
    if (!SOFTWARE.test(clientSoftwareName) || !SOFTWARE.test(clientSoftwareVersion)) {
      return { errorCode: errors.INVALID_REQUEST.code, apiKeys: [] };
    }
    rememberSoftware(context, { name: clientSoftwareName, version: clientSoftwareVersion });
  }
  return describe(broker, context.apiVersion);
};

/** What a client hears that opens with a version from the future; it goes on with what is listed. */
export function unsupportedApiVersions(broker: BrokerServices): ResponseOf<'ApiVersions'> {
  return {
    errorCode: errors.UNSUPPORTED_VERSION.code,
    apiKeys: broker.servedApis.filter(({ apiKey }) => apiKey === apis.ApiVersions.key),
  };
}

function describe(broker: BrokerServices, version: number): ResponseOf<'ApiVersions'> {
  return {
    errorCode: errors.NONE.code,
    apiKeys: broker.servedApis,
    // A feature that starts at level 0 is left out for old clients, which refuse such a range.
    supportedFeatures: broker.supportedFeatures
      .filter(({ minVersion }) => version >= 4 || minVersion > 0)
      .map(({ name, minVersion, maxVersion }) => ({ name, minVersion, maxVersion })),
    finalizedFeaturesEpoch: broker.metadata.appliedOffset - 1,
    finalizedFeatures: [...broker.finalizedFeatures()].map(([name, level]) => ({
      name,
      minVersionLevel: level,
      maxVersionLevel: level,
    })),
  };
}
