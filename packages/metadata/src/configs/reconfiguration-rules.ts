import type { BrokerConfig } from './broker-config.ts';
import { dynamicBrokerConfigDef, listenerConfigBase } from './broker-configs.ts';
import { localRetentionProblem } from './topic-configs.ts';

/** Thread counts that one change may halve or double at most. */
const THREAD_COUNTS: readonly string[] = [
  'num.io.threads',
  'num.network.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
  'log.cleaner.threads',
  'remote.log.reader.threads',
  'remote.log.manager.copier.thread.pool.size',
  'remote.log.manager.expiration.thread.pool.size',
  'remote.log.manager.follower.thread.pool.size',
];

/** Limits that a listener may have of its own, changeable at any time and for all brokers. */
export const LISTENER_LIMITS: readonly string[] = [
  'max.connections',
  'max.connection.creation.rate',
  'num.network.threads',
];

const REMOTE_LIMITS: readonly string[] = [
  'remote.log.index.file.cache.total.size.bytes',
  'remote.log.manager.copy.max.bytes.per.second',
  'remote.log.manager.fetch.max.bytes.per.second',
];

/** Answers why a running broker cannot go from one configuration to the next. */
export function reconfigurationProblems(from: BrokerConfig, to: BrokerConfig): string[] {
  const threads = THREAD_COUNTS.flatMap((name) => {
    const [now, then] = [from.getInt(name), to.getInt(name)];
    const [min, max] = [Math.max(1, Math.floor(now / 2)), now * 2];
    if (then === now || (then >= min && then <= max)) return [];
    return [`${name}=${then} must be between ${min} and ${max}, half and double of what it is.`];
  });
  const limits = REMOTE_LIMITS.filter(
    (name) => to.getLong(name) !== from.getLong(name) && to.getLong(name) <= 0,
  );
  const before = localRetentionProblem(from.topicDefaults());
  const local = before === undefined ? localRetentionProblem(to.topicDefaults()) : undefined;
  return [
    ...threads,
    ...limits.map((name) => `${name} must be at least 1.`),
    ...(local === undefined ? [] : [local]),
    ...listenerProblems(from, to),
  ];
}

/**
 * A listener that stays keeps its protocol, and all of its configs that are not dynamic. It is
 * looked at only when something of all listeners changes: so Kafka has it.
 */
function listenerProblems(from: BrokerConfig, to: BrokerConfig): string[] {
  const names = ['listeners', 'listener.security.protocol.map', ...LISTENER_LIMITS];
  if (names.every((name) => from.texts.get(name) === to.texts.get(name))) return [];
  return to.listeners.flatMap(({ name, protocol }) => {
    const before = from.listeners.find((listener) => listener.name === name);
    if (before === undefined) return [];
    if (before.protocol !== protocol) {
      return [`The security protocol of the listener ${name} cannot be updated.`];
    }
    if (fixedConfigs(from, name) === fixedConfigs(to, name)) return [];
    return [`The listener ${name} exists: some of its configs need a restart or a new listener.`];
  });
}

/** The configs of a listener that cannot change while it exists, as one comparable text. */
function fixedConfigs(config: BrokerConfig, listener: string): string {
  const prefix = `listener.name.${listener.toLowerCase()}.`;
  const fixed = [...config.texts].filter(([name]) => {
    const base = listenerConfigBase(name);
    return name.startsWith(prefix) && base !== undefined && !isReconfigurable(base);
  });
  return JSON.stringify(fixed.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isReconfigurable(name: string): boolean {
  return LISTENER_LIMITS.includes(name) || isCertificateConfig(name);
}

/** Keys and certificates, which belong to a listener and can be replaced while it is open. */
export function isCertificateConfig(name: string): boolean {
  return CERTIFICATE_CONFIG.test(name) && dynamicBrokerConfigDef.has(name);
}

const CERTIFICATE_CONFIG = /^ssl\.(key\.password|keystore\..*|truststore\..*)$/;
