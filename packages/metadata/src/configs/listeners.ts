import type { ConfigValue, Parsed } from './config-value.ts';

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** An address of a broker or controller; no host means every interface. */
export interface Listener {
  /** In upper case. */
  readonly name: string;
  readonly host: string | null;
  readonly port: number;
  readonly protocol: SecurityProtocol;
}

const PROTOCOLS: readonly string[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
const LISTENER = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/s;
const MAX_PORT = 65_535;

/** Reads `name:value` pairs; the last colon of a pair divides it, for the sake of IPv6. */
export function parsePairs(name: string, text: string): Parsed<Map<string, string>> {
  const pairs = new Map<string, string>();
  const trimmed = text.replace(/[\s,]+$/, '');
  for (const pair of trimmed === '' ? [] : trimmed.split(',')) {
    const colon = pair.lastIndexOf(':');
    if (colon < 0) return { problem: `${name}: '${pair.trim()}' is not of the form name:value.` };
    pairs.set(pair.slice(0, colon).trim(), pair.slice(colon + 1).trim());
  }
  return { value: pairs };
}

/** What decides the security protocol of a listener name. */
export interface ProtocolSettings {
  readonly values: ReadonlyMap<string, ConfigValue>;
  /** Whether listener.security.protocol.map was given. */
  readonly mapGiven: boolean;
}

/** The security protocol of each listener name, in upper case. */
export function securityProtocols(
  settings: ProtocolSettings,
): Parsed<Map<string, SecurityProtocol>> {
  const name = 'listener.security.protocol.map';
  const pairs = parsePairs(name, String(settings.values.get(name)));
  if ('problem' in pairs) return pairs;
  const protocols = new Map<string, SecurityProtocol>();
  for (const [listener, protocol] of pairs.value) {
    const upper = protocol.toUpperCase();
    if (!isProtocol(upper)) {
      return { problem: `${name} gives ${listener} the unknown protocol ${protocol}.` };
    }
    if (protocols.has(listener.toUpperCase())) {
      return { problem: `${name} names the listener ${listener} twice.` };
    }
    protocols.set(listener.toUpperCase(), upper);
  }
  // Without a map of their own, controller listeners are plain text wherever nothing is secured.
  const controllers = listOf(settings.values, 'controller.listener.names');
  const listeners = listOf(settings.values, 'listeners').map((entry) => entry.split(':')[0] ?? '');
  const secured = (entry: string): boolean => isProtocol(entry) && entry !== 'PLAINTEXT';
  if (settings.mapGiven || controllers.some(secured)) return { value: protocols };
  if (listeners.some((entry) => secured(entry.toUpperCase()))) return { value: protocols };
  for (const controller of controllers) protocols.set(controller, 'PLAINTEXT');
  return { value: protocols };
}

/** Reads `name://host:port` entries; two must not share a name, nor a port unless told so. */
export function parseListeners(
  entries: readonly string[],
  protocols: ReadonlyMap<string, SecurityProtocol>,
  rules: { readonly distinctPorts: boolean },
): Parsed<Listener[]> {
  const listeners: Listener[] = [];
  for (const entry of entries) {
    const match = LISTENER.exec(entry);
    const [, name = '', host = '', port = ''] = match ?? [];
    if (match === null || name.trim() === '' || Number(port) > MAX_PORT) {
      return { problem: `${entry} is not of the form name://host:port.` };
    }
    const upper = name.toUpperCase();
    const protocol = protocols.get(upper);
    if (protocol === undefined) {
      return {
        problem: `The listener ${upper} is not in listener.security.protocol.map.`,
      };
    }
    listeners.push({ name: upper, host: host === '' ? null : host, port: Number(port), protocol });
  }
  const all = entries.join(',');
  if (new Set(listeners.map((listener) => listener.name)).size < listeners.length) {
    return { problem: `Two listeners have the same name: ${all}` };
  }
  if (rules.distinctPorts && sharesPort(listeners)) {
    return {
      problem: 'Only an IPv4 and an IPv6 address may share a port, but more listeners do: ' + all,
    };
  }
  return { value: listeners };
}

/** Two listeners may share a port only as an IPv4 and an IPv6 address; port 0 is any free port. */
function sharesPort(listeners: readonly Listener[]): boolean {
  for (const port of new Set(listeners.map((listener) => listener.port))) {
    const sharing = listeners.filter((listener) => listener.port === port);
    if (port === 0 || sharing.length === 1) continue;
    const families = sharing.map((listener) => addressFamily(listener.host));
    const both = families.includes('IPv4') && families.includes('IPv6');
    if (sharing.length > 2 || !both) return true;
  }
  return false;
}

function addressFamily(host: string | null): 'IPv4' | 'IPv6' | 'name' {
  if (host === null) return 'name';
  if (host.includes(':')) return 'IPv6';
  const parts = host.split('.');
  return parts.length === 4 &&
    parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) < 256)
    ? 'IPv4'
    : 'name';
}

function isProtocol(name: string): name is SecurityProtocol {
  return PROTOCOLS.includes(name);
}

function listOf(values: ReadonlyMap<string, ConfigValue>, name: string): readonly string[] {
  const value = values.get(name);
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
