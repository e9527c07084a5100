import { ConfigDef } from './config-def.ts';
import type { ConfigKey } from './config-def.ts';
import { cleanerKeys } from './keys/cleaner-keys.ts';
import { dynamicQuotaKeys } from './keys/dynamic-quota-keys.ts';
import { groupCoordinatorKeys } from './keys/group-coordinator-keys.ts';
import { kraftKeys } from './keys/kraft-keys.ts';
import { logKeys } from './keys/log-keys.ts';
import { metricKeys } from './keys/metric-keys.ts';
import { networkKeys } from './keys/network-keys.ts';
import { quotaKeys } from './keys/quota-keys.ts';
import { remoteStorageKeys } from './keys/remote-storage-keys.ts';
import { replicationKeys } from './keys/replication-keys.ts';
import { saslKeys } from './keys/sasl-keys.ts';
import { serverKeys } from './keys/server-keys.ts';
import { shareKeys } from './keys/share-keys.ts';
import { sslKeys } from './keys/ssl-keys.ts';
import { streamsGroupKeys } from './keys/streams-group-keys.ts';
import { tidelogBrokerKeys } from './keys/tidelog-keys.ts';
import { transactionKeys } from './keys/transaction-keys.ts';

/** Everything that the properties of a broker or controller may hold. */
export const brokerConfigDef = new ConfigDef([
  ...serverKeys,
  ...kraftKeys,
  ...networkKeys,
  ...replicationKeys,
  ...logKeys,
  ...cleanerKeys,
  ...groupCoordinatorKeys,
  ...shareKeys,
  ...streamsGroupKeys,
  ...transactionKeys,
  ...quotaKeys,
  ...metricKeys,
  ...remoteStorageKeys,
  ...sslKeys,
  ...saslKeys,
  ...tidelogBrokerKeys,
]);

/** Everything that a running broker takes: its dynamic configs and those that are nothing else. */
export const dynamicBrokerConfigDef = new ConfigDef([
  ...dynamicQuotaKeys,
  ...brokerConfigDef.keys().filter((key) => key.mode !== 'read-only'),
]);

/** Names of one setting in several units, the one that wins first. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
];

/** SASL settings whose name carries a mechanism after the listener. */
const MECHANISM_CONFIGS: readonly string[] = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
  'connections.max.reauth.ms',
];

const LISTENER_CONFIG = /^listener\.name\.[^.]*\.(.*)$/s;

/** The config behind `listener.name.{listener}.{config}`, undefined for any other name. */
export function listenerConfigBase(name: string): string | undefined {
  return LISTENER_CONFIG.exec(name)?.[1];
}

/**
 * All names under which a setting may have been given, the one that wins first. With
 * `matchListener` the broker's own config follows one of a listener.
 */
export function brokerConfigSynonyms(name: string, matchListener = true): readonly string[] {
  const units = SYNONYMS.find((names) => names.includes(name));
  if (units !== undefined) return units;
  // Not the other way round: the scheduler's interval is only the default of the log's.
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms'];
  const base = matchListener ? listenerConfigBase(name) : undefined;
  if (base === undefined) return [name];
  return [name, MECHANISM_CONFIGS.find((config) => base.endsWith(config)) ?? base];
}

/** The definition that applies to a name, through its synonyms if need be. */
export function brokerConfigKey(name: string): ConfigKey | undefined {
  for (const candidate of [name, ...brokerConfigSynonyms(name)]) {
    const key = brokerConfigDef.get(candidate) ?? dynamicBrokerConfigDef.get(candidate);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Configs of plugins and providers, which only these know: by their prefix, or by their name. */
const PLUGIN_PREFIXES = ['config.providers.', 'rsm.config.', 'rlmm.config.', 'metrics.jmx.'];
const AUTHORIZER_CONFIGS = ['super.users', 'allow.everyone.if.no.acl.found'];

/** True where Apache Kafka would use a property, or hand it on to a plugin of the broker. */
export function isKnownBrokerProperty(
  name: string,
  properties: ReadonlyMap<string, string>,
): boolean {
  if (brokerConfigKey(name) !== undefined || AUTHORIZER_CONFIGS.includes(name)) return true;
  const renamed = ['storage', 'metadata'].map((plugin) =>
    properties.get(`remote.log.${plugin}.manager.impl.prefix`),
  );
  return [...PLUGIN_PREFIXES, ...renamed].some(
    (prefix) => prefix !== undefined && name.startsWith(prefix),
  );
}

/** The known config whose name is nearest by edit distance, undefined when none is near. */
export function nearestConfigName(
  name: string,
  known: readonly string[] = brokerConfigDef.names(),
): string | undefined {
  let nearest: string | undefined;
  let best = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate, best);
    if (distance < best) [nearest, best] = [candidate, distance];
  }
  return nearest;
}

/** Insertions, deletions and replacements between two words; `limit` once there are that many. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1));
    }
    if (Math.min(...current) >= limit) return limit;
    previous = current;
  }
  return at(previous, to.length);
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}
