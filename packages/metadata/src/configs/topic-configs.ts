import { ConfigDef } from './config-def.ts';
import type { ConfigValue } from './config-value.ts';
import { invalidValue } from './config-value.ts';
import { DURABILITY_CONFIG } from './keys/tidelog-keys.ts';
import { topicKeys } from './keys/topic-keys.ts';

export const topicConfigDef = new ConfigDef(topicKeys);

/** A broker config that serves as the default of a topic config, with the unit that it counts. */
export interface TopicConfigSynonym {
  readonly name: string;
  /** Milliseconds in one unit of the broker config, where the topic counts milliseconds. */
  readonly unitMs: 1 | 60_000 | 3_600_000;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The broker configs behind each topic config; the first one that is set wins. */
export const topicConfigSynonyms: ReadonlyMap<string, readonly TopicConfigSynonym[]> = new Map([
  synonyms('segment.bytes', 'log.segment.bytes'),
  synonyms('segment.ms', 'log.roll.ms', ['log.roll.hours', HOUR_MS]),
  synonyms('segment.jitter.ms', 'log.roll.jitter.ms', ['log.roll.jitter.hours', HOUR_MS]),
  synonyms('segment.index.bytes', 'log.index.size.max.bytes'),
  synonyms('flush.messages', 'log.flush.interval.messages'),
  synonyms('flush.ms', 'log.flush.interval.ms', 'log.flush.scheduler.interval.ms'),
  synonyms('retention.bytes', 'log.retention.bytes'),
  synonyms(
    'retention.ms',
    'log.retention.ms',
    ['log.retention.minutes', MINUTE_MS],
    ['log.retention.hours', HOUR_MS],
  ),
  synonyms('max.message.bytes', 'message.max.bytes'),
  synonyms('index.interval.bytes', 'log.index.interval.bytes'),
  synonyms('delete.retention.ms', 'log.cleaner.delete.retention.ms'),
  synonyms('min.compaction.lag.ms', 'log.cleaner.min.compaction.lag.ms'),
  synonyms('max.compaction.lag.ms', 'log.cleaner.max.compaction.lag.ms'),
  synonyms('file.delete.delay.ms', 'log.segment.delete.delay.ms'),
  synonyms('min.cleanable.dirty.ratio', 'log.cleaner.min.cleanable.ratio'),
  synonyms('cleanup.policy', 'log.cleanup.policy'),
  synonyms('unclean.leader.election.enable', 'unclean.leader.election.enable'),
  synonyms('min.insync.replicas', 'min.insync.replicas'),
  synonyms('compression.type', 'compression.type'),
  synonyms('compression.gzip.level', 'compression.gzip.level'),
  synonyms('compression.lz4.level', 'compression.lz4.level'),
  synonyms('compression.zstd.level', 'compression.zstd.level'),
  synonyms('preallocate', 'log.preallocate'),
  synonyms('message.timestamp.type', 'log.message.timestamp.type'),
  synonyms('message.timestamp.before.max.ms', 'log.message.timestamp.before.max.ms'),
  synonyms('message.timestamp.after.max.ms', 'log.message.timestamp.after.max.ms'),
  synonyms('local.retention.ms', 'log.local.retention.ms'),
  synonyms('local.retention.bytes', 'log.local.retention.bytes'),
  synonyms(DURABILITY_CONFIG, DURABILITY_CONFIG),
]);

/** What a change of a topic's configs is judged against. */
export interface TopicConfigContext {
  /** What the broker gives to a topic without configs of its own, by topic config name. */
  readonly defaults?: ReadonlyMap<string, ConfigValue>;
  /** The topic's own configs before the change. */
  readonly existing?: ReadonlyMap<string, string>;
  /** `remote.log.storage.system.enable` of the broker. */
  readonly remoteStorage?: boolean;
}

/**
 * Answers why a topic cannot have exactly these configs of its own, or undefined when it can.
 * The answer is the message of INVALID_CONFIG.
 */
export function topicConfigProblem(
  configs: ReadonlyMap<string, string>,
  context: TopicConfigContext = {},
): string | undefined {
  for (const name of configs.keys()) {
    if (!topicConfigDef.has(name)) return `Unknown topic config name: ${name}`;
  }
  const { values, problems } = topicConfigDef.parse(configs, context.defaults);
  if (problems.length > 0) return problems[0];
  const minLag = longOf(values, 'min.compaction.lag.ms');
  const maxLag = longOf(values, 'max.compaction.lag.ms');
  if (minLag > maxLag) {
    return (
      `conflict topic config setting min.compaction.lag.ms (${minLag}) > ` +
      `max.compaction.lag.ms (${maxLag})`
    );
  }
  return values.get('remote.storage.enable') === true
    ? tieredTopicProblem(values, context.remoteStorage ?? false)
    : tieringTurnedOffProblem(values, context.existing);
}

/** Local retention must stay within the whole retention, for each of time and size. */
export function localRetentionProblem(
  values: ReadonlyMap<string, ConfigValue>,
): string | undefined {
  for (const unit of ['bytes', 'ms']) {
    const total = longOf(values, `retention.${unit}`);
    const localName = `local.retention.${unit}`;
    const local = longOf(values, localName);
    if (total <= -1n || local === -2n) continue;
    if (local === -1n) {
      return invalidValue(
        localName,
        '-1',
        `Value must not be -1 as retention.${unit} value is set as ${total}.`,
      );
    }
    if (local > total) {
      const reason = `Value must not be more than retention.${unit} property value: ${total}`;
      return invalidValue(localName, String(local), reason);
    }
  }
  return undefined;
}

function tieredTopicProblem(
  values: ReadonlyMap<string, ConfigValue>,
  systemEnabled: boolean,
): string | undefined {
  if (!systemEnabled) {
    return 'remote.storage.enable=true needs a broker with remote.log.storage.system.enable=true.';
  }
  const policies = values.get('cleanup.policy') as readonly string[];
  if (policies.some((policy) => policy !== 'delete')) {
    return 'A topic with remote storage must have cleanup.policy=delete or an empty one.';
  }
  const problem = localRetentionProblem(values);
  if (problem !== undefined || values.get('remote.log.copy.disable') !== true) return problem;
  for (const unit of ['bytes', 'ms']) {
    const local = longOf(values, `local.retention.${unit}`);
    if (local !== -2n && local !== longOf(values, `retention.${unit}`)) {
      return (
        `With remote.log.copy.disable=true, local.retention.${unit} must be equal to ` +
        `retention.${unit}, because nothing more is copied.`
      );
    }
  }
  return undefined;
}

function tieringTurnedOffProblem(
  values: ReadonlyMap<string, ConfigValue>,
  existing: ReadonlyMap<string, string> | undefined,
): string | undefined {
  const wasOn = existing?.get('remote.storage.enable')?.toLowerCase() === 'true';
  if (!wasOn || values.get('remote.log.delete.on.disable') === true) return undefined;
  return (
    'Remote storage can be turned off only together with its data: set ' +
    'remote.log.delete.on.disable=true as well, or keep it readable with ' +
    'remote.storage.enable=true and remote.log.copy.disable=true.'
  );
}

function longOf(values: ReadonlyMap<string, ConfigValue>, name: string): bigint {
  return values.get(name) as bigint;
}

function synonyms(
  topicName: string,
  ...names: (string | [string, TopicConfigSynonym['unitMs']])[]
): [string, readonly TopicConfigSynonym[]] {
  return [
    topicName,
    names.map((entry) =>
      typeof entry === 'string' ? { name: entry, unitMs: 1 } : { name: entry[0], unitMs: entry[1] },
    ),
  ];
}
