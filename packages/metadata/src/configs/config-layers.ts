import { brokerConfigSynonyms } from './broker-configs.ts';

/** The properties of a broker as text, by where they come from. */
export interface ConfigLayers {
  /** The properties that the process was started with. */
  readonly static: ReadonlyMap<string, string>;
  /** What the cluster sets for all brokers. */
  readonly dynamicDefault: ReadonlyMap<string, string>;
  /** What the cluster sets for this broker. */
  readonly dynamic: ReadonlyMap<string, string>;
}

/** Layers of a broker that has nothing but its properties. */
export function staticLayers(properties: ReadonlyMap<string, string>): ConfigLayers {
  return { static: withNodeId(properties), dynamicDefault: new Map(), dynamic: new Map() };
}

/** The text that is in force for each name. */
export function effectiveTexts(layers: ConfigLayers): Map<string, string> {
  const texts = new Map(layers.static);
  for (const layer of [layers.dynamicDefault, layers.dynamic]) {
    for (const [name, text] of layer) {
      // A dynamic log.retention.hours must win over a static log.retention.ms.
      for (const synonym of brokerConfigSynonyms(name, false)) texts.delete(synonym);
      texts.set(name, text);
    }
  }
  return texts;
}

/** broker.id and node.id are one number: either stands for the other. */
function withNodeId(properties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const nodeId = properties.get('node.id') ?? properties.get('broker.id');
  if (nodeId === undefined) return properties;
  return new Map([['node.id', nodeId], ['broker.id', nodeId], ...properties]);
}
