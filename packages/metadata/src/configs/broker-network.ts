import type { ConfigValue, Parsed } from './config-value.ts';
import type { Listener, SecurityProtocol } from './listeners.ts';
import { parseListeners, securityProtocols } from './listeners.ts';

/** Where a process listens, and what it tells others to use. */
export interface BrokerNetwork {
  readonly protocols: ReadonlyMap<string, SecurityProtocol>;
  readonly listeners: readonly Listener[];
  /** advertised.listeners, or the listeners themselves. */
  readonly advertised: readonly Listener[];
  readonly advertisedControllers: readonly Listener[];
  readonly interBroker: { readonly name: string; readonly protocol: SecurityProtocol };
}

/** Reads everything about listeners out of parsed configs. */
export function brokerNetwork(
  values: ReadonlyMap<string, ConfigValue>,
  texts: ReadonlyMap<string, string>,
): Parsed<BrokerNetwork> {
  const mapGiven = texts.has('listener.security.protocol.map');
  const protocols = securityProtocols({ values, mapGiven });
  if ('problem' in protocols) return protocols;
  const read = (name: string, distinctPorts: boolean): Parsed<Listener[]> => {
    const entries = values.get(name) as readonly string[];
    const parsed = parseListeners(entries, protocols.value, { distinctPorts });
    return 'problem' in parsed ? { problem: `${name}: ${parsed.problem}` } : parsed;
  };
  const listeners = read('listeners', true);
  if ('problem' in listeners) return listeners;
  const isAdvertised = values.get('advertised.listeners') !== null;
  const advertised = isAdvertised ? read('advertised.listeners', false) : listeners;
  if ('problem' in advertised) return advertised;
  const interBroker = interBrokerListener(values, texts, protocols.value);
  if ('problem' in interBroker) return interBroker;
  const given = isAdvertised ? advertised.value : [];
  return {
    value: {
      protocols: protocols.value,
      listeners: listeners.value,
      advertised: advertised.value,
      advertisedControllers: advertisedControllers(values, listeners.value, given),
      interBroker: interBroker.value,
    },
  };
}

function interBrokerListener(
  values: ReadonlyMap<string, ConfigValue>,
  texts: ReadonlyMap<string, string>,
  protocols: ReadonlyMap<string, SecurityProtocol>,
): Parsed<BrokerNetwork['interBroker']> {
  const given = values.get('inter.broker.listener.name') as string | null;
  if (given === null) {
    const protocol = values.get('security.inter.broker.protocol') as SecurityProtocol;
    return { value: { name: protocol, protocol } };
  }
  if (texts.has('security.inter.broker.protocol')) {
    return {
      problem: 'inter.broker.listener.name and security.inter.broker.protocol exclude each other.',
    };
  }
  const name = given.toUpperCase();
  const protocol = protocols.get(name);
  if (protocol !== undefined) return { value: { name, protocol } };
  return {
    problem: `inter.broker.listener.name ${name} is not in listener.security.protocol.map.`,
  };
}

/** For each controller listener its advertised address, or the one that it listens on. */
function advertisedControllers(
  values: ReadonlyMap<string, ConfigValue>,
  listeners: readonly Listener[],
  advertised: readonly Listener[],
): Listener[] {
  const names = values.get('controller.listener.names') as readonly string[];
  return names.flatMap((name, index) => {
    const named = (listener: Listener): boolean => listener.name === name.toUpperCase();
    const given = advertised.find((listener) => names.includes(listener.name) && named(listener));
    if (given !== undefined) return [given];
    const bound = listeners.find((listener) => names.includes(listener.name) && named(listener));
    if (bound === undefined) return [];
    const isWildcard = bound.host === null || bound.host === '0.0.0.0';
    const voter = index === 0 && isWildcard ? ownVoterAddress(values) : undefined;
    return [{ ...bound, host: isWildcard ? null : bound.host, ...voter }];
  });
}

/** Host and port that controller.quorum.voters gives for this node. */
function ownVoterAddress(
  values: ReadonlyMap<string, ConfigValue>,
): { host: string; port: number } | undefined {
  const voters = values.get('controller.quorum.voters') as readonly string[];
  const own = voters.find((voter) => Number(voter.split('@')[0]) === values.get('node.id'));
  const [, host, port] = /^[^@]*@\[?([^[\]]*)\]?:([0-9]+)$/.exec(own ?? '') ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
