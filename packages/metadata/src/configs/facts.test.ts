import { describe, expect, it } from 'vitest';
import { brokerConfigDef, dynamicBrokerConfigDef } from './broker-configs.ts';
import { clientMetricsConfigDef } from './client-metrics-configs.ts';
import type { ConfigKey } from './config-def.ts';
import { ConfigDef, REQUIRED } from './config-def.ts';
import type { ConfigRule } from './config-rule.ts';
import { describeRule } from './config-rule.ts';
import { formatValue } from './config-value.ts';
import type { ConfigFact } from './facts/facts.ts';
import { configFacts } from './facts/facts.ts';
import { groupConfigBounds, groupConfigDef, groupConfigSynonyms } from './group-configs.ts';
import { dynamicQuotaKeys } from './keys/dynamic-quota-keys.ts';
import { topicConfigDef, topicConfigSynonyms } from './topic-configs.ts';

/** A key of ours in the form of the facts. */
function asFact(key: ConfigKey, withMode: boolean): ConfigFact {
  return {
    name: key.name,
    type: key.type,
    default: key.default === REQUIRED ? '<required>' : formatValue(key.default, key.type),
    importance: key.importance,
    ...(key.internal && { internal: true as const }),
    ...(withMode && { mode: key.mode }),
    ...(key.rule && { validator: asValidator(key.rule) }),
  };
}

function asValidator(rule: ConfigRule): NonNullable<ConfigFact['validator']> {
  const text = describeRule(rule);
  switch (rule.kind) {
    case 'range': {
      const { kind: _, ...bounds } = rule;
      return { class: 'Range', ...bounds, text };
    }
    case 'one-of': {
      const name = rule.ignoreCase ? 'CaseInsensitiveValidString' : 'ValidString';
      return { class: name, values: rule.values, text };
    }
    case 'list': {
      const { values, emptyAllowed, nullAllowed } = rule;
      return { class: 'ValidList', values, emptyAllowed, nullAllowed, text };
    }
    case 'non-empty':
      return { class: 'NonEmptyString', text };
    case 'non-null':
      return { class: 'NonNullValidator', text };
    case 'custom':
      return { class: 'custom', text };
  }
}

const CUSTOM = [
  'LambdaValidator',
  'ThrottledReplicaListValidator',
  'ShareAutoOffsetReset',
  'ControllerQuorumVotersValidator',
  'ControllerQuorumBootstrapServersValidator',
];

function normalised(fact: ConfigFact): ConfigFact {
  if (!fact.validator || !CUSTOM.includes(fact.validator.class)) return fact;
  return { ...fact, validator: { class: 'custom', text: fact.validator.text } };
}

function kafkaKeys(def: ConfigDef): ConfigKey[] {
  return def.keys().filter((key) => key.origin === 'kafka');
}

describe.each([
  ['broker', brokerConfigDef, configFacts.broker, true],
  ['dynamic quota', new ConfigDef(dynamicQuotaKeys), configFacts.brokerQuota, true],
  ['topic', topicConfigDef, configFacts.topic, false],
  ['group', groupConfigDef, configFacts.group, false],
  ['client metrics', clientMetricsConfigDef, configFacts.clientMetrics, false],
] as const)('the %s configs', (_, def, facts, withMode) => {
  it('are those of Apache Kafka, no fewer and no more', () => {
    const names = kafkaKeys(def).map((key) => key.name);
    expect(names.toSorted()).toEqual(facts.map((fact) => fact.name).toSorted());
  });

  it.each(facts.map((fact) => [fact.name, fact] as const))('%s', (name, fact) => {
    const key = def.get(name);
    expect(key && asFact(key, withMode)).toEqual(normalised(fact));
  });

  it('say in one sentence what they do', () => {
    for (const key of def.keys()) expect(key.doc, key.name).toMatch(/^[A-Z`].*\.$/s);
  });
});

it('takes the defaults of topics from the same broker configs as Apache Kafka', () => {
  for (const [name, expected] of Object.entries(configFacts.topicSynonyms)) {
    const ours = topicConfigSynonyms.get(name)?.map((entry) => [entry.name, entry.unitMs]);
    expect(ours, name).toEqual(expected);
  }
  const added = [...topicConfigSynonyms.keys()].filter(
    (name) => topicConfigDef.get(name)?.origin === 'kafka' && !(name in configFacts.topicSynonyms),
  );
  expect(added).toEqual([]);
});

it('takes the defaults of groups from the same broker configs as Apache Kafka', () => {
  for (const [name, expected] of Object.entries(configFacts.groupSynonyms)) {
    expect(groupConfigSynonyms.get(name) ?? null, name).toBe(expected);
  }
});

it('names only broker configs that exist as defaults and bounds of others', () => {
  const names = [
    ...[...topicConfigSynonyms.values()].flat().map((synonym) => synonym.name),
    ...groupConfigSynonyms.values(),
    ...groupConfigBounds.flatMap(({ min, max }) => [max, ...(min === undefined ? [] : [min])]),
  ];
  expect(names.filter((name) => !brokerConfigDef.has(name))).toEqual([]);
});

it('takes a new value for a running broker where Apache Kafka takes one', () => {
  const facts = [...configFacts.broker, ...configFacts.brokerQuota];
  const dynamic = facts.filter((fact) => fact.mode !== 'read-only').map((fact) => fact.name);
  const ours = kafkaKeys(dynamicBrokerConfigDef).map((key) => key.name);
  expect(ours.toSorted()).toEqual(dynamic.toSorted());
});
