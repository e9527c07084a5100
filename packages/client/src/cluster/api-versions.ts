import type { ClientConnection } from '@tidelog/network';
import type { Address } from '@tidelog/platform';
import { type ApiName, apis, errors } from '@tidelog/protocol';
import { brokerError, KafkaClientError } from '../client-error.ts';
import type { FinalizedFeatures } from './finalized-features.ts';

const SOFTWARE = { clientSoftwareName: 'tidelog', clientSoftwareVersion: '0.1.0' };

/** The versions of APIs that a broker speaks. */
export class BrokerVersions {
  readonly #address: Address;
  readonly #offered: ReadonlyMap<number, readonly [number, number]>;

  constructor(address: Address, offered: ReadonlyMap<number, readonly [number, number]>) {
    this.#address = address;
    this.#offered = offered;
  }

  /** The highest that both sides speak, from `minVersion` to `maxVersion`; throws UNSUPPORTED_VERSION. */
  of(name: ApiName, maxVersion = Number.POSITIVE_INFINITY, minVersion = 0): number {
    const { key, versions, unstable } = apis[name];
    const lowest = Math.max(versions[0], minVersion);
    const highest = versions[1];
    const offered = this.#offered.get(key);
    const ours = Math.min(highest - (unstable ? 1 : 0), maxVersion);
    const version = Math.min(ours, offered?.[1] ?? -1);
    if (offered !== undefined && version >= Math.max(lowest, offered[0])) return version;
    const { host, port } = this.#address;
    const has = offered === undefined ? 'does not have it' : `has ${offered[0]} to ${offered[1]}`;
    throw new KafkaClientError(
      'UNSUPPORTED_VERSION',
      `the broker ${host}:${port} has no version of ${name} that this client speaks: it ${has}, and ${lowest} to ${ours} would do; use a newer broker (2.8 at least), or do without what needs this`,
    );
  }
}

/**
 * Asks a broker what it speaks. One that does not know the newest ApiVersions says which it knows, or
 * gets asked by the oldest (KIP-511). The features that it tells of are taken in.
 */
export async function askVersions(
  connection: ClientConnection,
  address: Address,
  features: FinalizedFeatures,
): Promise<BrokerVersions> {
  let response = await connection.send('ApiVersions', apis.ApiVersions.versions[1], SOFTWARE);
  if (response.errorCode === errors.UNSUPPORTED_VERSION.code) {
    const offered = response.apiKeys.find(({ apiKey }) => apiKey === apis.ApiVersions.key);
    const known = Math.min(offered?.maxVersion ?? 0, apis.ApiVersions.versions[1]);
    response = await connection.send('ApiVersions', Math.max(known, 0), SOFTWARE);
  }
  if (response.errorCode !== errors.NONE.code) {
    throw brokerError(response.errorCode, `${address.host}:${address.port}`);
  }
  features.heard(response.finalizedFeaturesEpoch, response.finalizedFeatures);
  const offered = new Map(
    response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
      apiKey,
      [minVersion, maxVersion] as const,
    ]),
  );
  return new BrokerVersions(address, offered);
}
