import { expect, it } from 'vitest';
import { brokerConfigDef } from './broker-configs.ts';
import type { ConfigDef } from './config-def.ts';
import { parseConfig } from './config-def.ts';
import { formatValue } from './config-value.ts';
import { valueChecks } from './facts/facts.ts';
import { groupConfigDef } from './group-configs.ts';
import { topicConfigDef, topicConfigProblem } from './topic-configs.ts';

const defs = new Map<string, ConfigDef>([
  ['broker', brokerConfigDef],
  ['topic', topicConfigDef],
  ['group', groupConfigDef],
]);

function answer(def: string, name: string, text: string): object {
  const key = defs.get(def)?.get(name);
  if (key === undefined) return { problem: topicConfigProblem(new Map([[name, text]])) };
  const parsed = parseConfig(key, text);
  return 'problem' in parsed ? parsed : { value: formatValue(parsed.value, key.type) };
}

it.each(valueChecks)(
  'answers as Apache Kafka: $def $name=$text',
  ({ def, name, text, ...expected }) => {
    expect(answer(def, name, text)).toEqual(expected);
  },
);
