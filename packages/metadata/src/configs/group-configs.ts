import { ConfigDef } from './config-def.ts';
import type { ConfigValue } from './config-value.ts';
import { groupKeys } from './keys/group-keys.ts';

export const groupConfigDef = new ConfigDef(groupKeys);

/** Group configs that no broker config stands behind. */
const WITHOUT_SYNONYM: readonly string[] = [
  'share.auto.offset.reset',
  'share.isolation.level',
  'share.renew.acknowledge.enable',
];

/** The broker config that serves as the default of a group config. */
export const groupConfigSynonyms: ReadonlyMap<string, string> = new Map(
  groupConfigDef
    .names()
    .filter((name) => !WITHOUT_SYNONYM.includes(name))
    .map((name) => [name, `group.${name}`]),
);

/** The broker configs that bound a group config, in the order in which they are judged. */
export const groupConfigBounds: readonly {
  readonly name: string;
  readonly min?: string;
  readonly max: string;
}[] = [
  bounds('consumer', 'heartbeat.interval.ms'),
  bounds('consumer', 'session.timeout.ms'),
  bounds('consumer', 'assignment.interval.ms'),
  bounds('share', 'heartbeat.interval.ms'),
  bounds('share', 'session.timeout.ms'),
  bounds('share', 'record.lock.duration.ms'),
  bounds('share', 'delivery.count.limit'),
  bounds('share', 'partition.max.record.locks'),
  bounds('share', 'assignment.interval.ms'),
  bounds('streams', 'heartbeat.interval.ms'),
  bounds('streams', 'session.timeout.ms'),
  { name: 'streams.num.standby.replicas', max: 'group.streams.max.standby.replicas' },
  bounds('streams', 'assignment.interval.ms'),
];

/**
 * Answers why a group cannot have exactly these configs of its own, or undefined when it can.
 * The answer is the message of INVALID_CONFIG. `brokerNumber` reads a config of the broker.
 */
export function groupConfigProblem(
  configs: ReadonlyMap<string, string>,
  brokerNumber: (name: string) => number,
): string | undefined {
  for (const name of configs.keys()) {
    if (!groupConfigDef.has(name)) return `Unknown group config name: ${name}`;
  }
  const defaults = new Map<string, ConfigValue>();
  for (const [name, synonym] of groupConfigSynonyms) defaults.set(name, brokerNumber(synonym));
  const { values, problems } = groupConfigDef.parse(configs, defaults);
  if (problems.length > 0) return problems[0];
  for (const { name, min, max } of groupConfigBounds) {
    const value = Number(values.get(name));
    if (min !== undefined && value < brokerNumber(min)) {
      return `${name} must be greater than or equal to ${min}`;
    }
    if (value > brokerNumber(max)) return `${name} must be less than or equal to ${max}`;
  }
  for (const kind of ['consumer', 'share', 'streams']) {
    const [session, heartbeat] = [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`];
    if (Number(values.get(session)) <= Number(values.get(heartbeat))) {
      return `${session} must be greater than ${heartbeat}`;
    }
  }
  return undefined;
}

function bounds(kind: string, setting: string): { name: string; min: string; max: string } {
  return {
    name: `${kind}.${setting}`,
    min: `group.${kind}.min.${setting}`,
    max: `group.${kind}.max.${setting}`,
  };
}

/**
 * What is in force for a group with these configs of its own. Values that a broker's bounds have
 * moved past since they were set are brought back to the bound.
 */
export function effectiveGroupConfigs(
  own: ReadonlyMap<string, string>,
  defaults: ReadonlyMap<string, ConfigValue>,
  brokerNumber: (name: string) => number,
): Map<string, ConfigValue> {
  const { values } = groupConfigDef.parse(own, defaults);
  for (const { name, min, max } of groupConfigBounds) {
    if (!own.has(name)) continue;
    const least = min === undefined ? -Infinity : brokerNumber(min);
    const value = Math.min(Math.max(Number(values.get(name)), least), brokerNumber(max));
    values.set(name, value);
  }
  return values;
}
