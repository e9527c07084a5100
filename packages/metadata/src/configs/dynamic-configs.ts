import { BrokerConfig } from './broker-config.ts';
import { brokerConfigDef, dynamicBrokerConfigDef, listenerConfigBase } from './broker-configs.ts';
import { parseConfig } from './config-def.ts';
import type { ConfigLayers } from './config-layers.ts';
import { effectiveTexts } from './config-layers.ts';
import {
  isCertificateConfig,
  LISTENER_LIMITS,
  reconfigurationProblems,
} from './reconfiguration-rules.ts';

/** Whether configs are for one broker or for all brokers of the cluster. */
export type DynamicLevel = 'broker' | 'cluster';

/** Answers why a running broker cannot take one config, or undefined when it can. */
export function dynamicConfigProblem(
  name: string,
  text: string,
  level: DynamicLevel,
): string | undefined {
  const base = listenerConfigBase(name);
  const isReadOnly = brokerConfigDef.has(name) && !dynamicBrokerConfigDef.has(name);
  if (isReadOnly) return `Cannot update these configs dynamically: [${name}]`;
  if (isCertificateConfig(name)) {
    return (
      'These security configs can be dynamically updated only per-listener using the listener ' +
      `prefix: [${name}]`
    );
  }
  const key = dynamicBrokerConfigDef.get(base ?? name);
  const parsed = key && parseConfig(key, text);
  if (parsed !== undefined && 'problem' in parsed) return parsed.problem;
  const isPerBroker =
    base === undefined ? key?.mode === 'per-broker' : !LISTENER_LIMITS.includes(base);
  if (level === 'cluster' && isPerBroker) {
    return (
      'Cannot update these configs at default cluster level, broker id must be specified: ' +
      `[${name}]`
    );
  }
  return undefined;
}

/**
 * Answers all that is wrong with configs that a client wants this broker, or all brokers, to
 * have instead of its present dynamic ones; the answer is for INVALID_REQUEST.
 */
export function dynamicConfigProblems(
  config: BrokerConfig,
  texts: ReadonlyMap<string, string>,
  level: DynamicLevel,
): readonly string[] {
  const single = [...texts].flatMap(
    ([name, text]) => dynamicConfigProblem(name, text, level) ?? [],
  );
  if (single.length > 0) return single;
  const loaded = BrokerConfig.load(withLevel(config.layers, texts, level));
  if ('problems' in loaded) return loaded.problems;
  return reconfigurationProblems(config, loaded.config);
}

/**
 * The configuration with what the cluster now stores for this broker or for all. What the broker
 * cannot take is left out and named in `ignored`; when the whole does not fit together, the
 * present configuration stays.
 */
export function applyDynamicConfigs(
  config: BrokerConfig,
  stored: ReadonlyMap<string, string>,
  level: DynamicLevel,
): { config: BrokerConfig; ignored: readonly string[] } {
  const texts = new Map<string, string>();
  const ignored: string[] = [];
  for (const [name, text] of stored) {
    const problem = dynamicConfigProblem(name, text, level);
    if (problem === undefined) texts.set(name, text);
    else ignored.push(problem);
  }
  const present = level === 'broker' ? config.layers.dynamic : config.layers.dynamicDefault;
  if (texts.size === 0 && present.size === 0) return { config, ignored };
  const layers = withLevel(config.layers, texts, level);
  const loaded = BrokerConfig.load(layers, clamped(effectiveTexts(layers)));
  if ('problems' in loaded) return { config, ignored: [...ignored, ...loaded.problems] };
  return { config: loaded.config, ignored };
}

function withLevel(
  layers: ConfigLayers,
  texts: ReadonlyMap<string, string>,
  level: DynamicLevel,
): ConfigLayers {
  return level === 'broker' ? { ...layers, dynamic: texts } : { ...layers, dynamicDefault: texts };
}

/** Brings stored assignment intervals within the bounds that this broker has for them. */
function clamped(texts: Map<string, string>): Map<string, string> {
  const { values } = brokerConfigDef.parse(texts);
  for (const kind of ['consumer', 'share', 'streams']) {
    const name = `group.${kind}.assignment.interval.ms`;
    if (!texts.has(name)) continue;
    const bound = (side: string): number =>
      Number(values.get(`group.${kind}.${side}.assignment.interval.ms`));
    const value = Math.min(Math.max(Number(values.get(name)), bound('min')), bound('max'));
    texts.set(name, String(value));
  }
  return texts;
}
