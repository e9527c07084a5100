import { ConfigDef } from './config-def.ts';
import { clientMetricsKeys } from './keys/client-metrics-keys.ts';

export const clientMetricsConfigDef = new ConfigDef(clientMetricsKeys);

const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 3_600_000;

/** What a client can be selected by (KIP-714). */
const SELECTORS: readonly string[] = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
];

/** A refusal with the name of its wire error. */
export interface ClientMetricsProblem {
  readonly error: 'INVALID_REQUEST' | 'INVALID_CONFIG';
  readonly message: string;
}

/** Answers why a subscription cannot have exactly these configs, or undefined when it can. */
export function clientMetricsConfigProblem(
  subscription: string,
  configs: ReadonlyMap<string, string>,
): ClientMetricsProblem | undefined {
  if (subscription === '') return invalidRequest("Subscription name can't be empty");
  for (const name of configs.keys()) {
    if (!clientMetricsConfigDef.has(name)) {
      return invalidRequest(`Unknown client metrics configuration: ${name}`);
    }
  }
  const { values, problems } = clientMetricsConfigDef.parse(configs);
  if (problems[0] !== undefined) return invalidConfig(problems[0]);
  const interval = Number(values.get('interval.ms'));
  if (interval < MIN_INTERVAL_MS || interval > MAX_INTERVAL_MS) {
    return invalidRequest(
      `Invalid value ${interval} for interval.ms, interval must be between ` +
        `${MIN_INTERVAL_MS} and ${MAX_INTERVAL_MS} (1 hour)`,
    );
  }
  const bad = (values.get('match') as readonly string[]).find((entry) => !parseMatcher(entry));
  return bad === undefined ? undefined : invalidConfig(`Illegal client matching pattern: ${bad}`);
}

/** Reads `selector=pattern`; undefined when it is not one. */
export function parseMatcher(entry: string): { selector: string; pattern: RegExp } | undefined {
  const parts = entry.split('=');
  const selector = parts[0]?.trim() ?? '';
  if (parts.length !== 2 || parts[1] === '' || !SELECTORS.includes(selector)) return undefined;
  try {
    return { selector, pattern: new RegExp(`^(?:${parts[1]?.trim()})$`, 'u') };
  } catch {
    return undefined;
  }
}

function invalidRequest(message: string): ClientMetricsProblem {
  return { error: 'INVALID_REQUEST', message };
}

function invalidConfig(message: string): ClientMetricsProblem {
  return { error: 'INVALID_CONFIG', message };
}
