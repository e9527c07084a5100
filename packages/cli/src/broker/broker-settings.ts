import { readFileSync } from 'node:fs';
import { defaultProperties } from '@tidelog/broker';
import { type BrokerConfig, loadServerProperties, parseOverride } from '@tidelog/metadata';
import { CommandError } from '../command-error.ts';

export interface BrokerSettings {
  readonly port?: string;
  readonly dataDir?: string;
  /** `name=value` */
  readonly X?: readonly string[];
}

const DEFAULT_PORT = 9092;
const DEFAULT_DATA_DIRECTORY = '.tidelog';

/**
 * The configuration of a broker from a file, or else from the defaults of a node that stands alone, with
 * what the command line says on top. Throws a CommandError that names each property at fault.
 */
export function brokerConfig(
  file: string | undefined,
  settings: BrokerSettings,
  extra: ReadonlyMap<string, string> = new Map(),
): BrokerConfig {
  const port = portOf(settings.port);
  const overrides = new Map<string, string>();
  if (file === undefined) {
    const dataDirectory = settings.dataDir ?? DEFAULT_DATA_DIRECTORY;
    for (const [name, value] of defaultProperties({ port: port ?? DEFAULT_PORT, dataDirectory })) {
      overrides.set(name, value);
    }
  } else {
    if (settings.dataDir !== undefined) overrides.set('log.dirs', settings.dataDir);
    if (port !== undefined) {
      throw new CommandError('--port goes without a file: there, listeners say where to listen');
    }
  }
  for (const [name, value] of extra) overrides.set(name, value);
  for (const text of settings.X ?? []) {
    const parsed = parseOverride(text);
    if ('problem' in parsed) throw new CommandError(parsed.problem);
    overrides.set(parsed.value.name, parsed.value.value);
  }
  return load(file === undefined ? '' : readText(file), overrides);
}

function load(text: string, overrides: ReadonlyMap<string, string>): BrokerConfig {
  const loaded = loadServerProperties(text, overrides);
  const [unknown] = loaded.unknown;
  if (unknown !== undefined) {
    const hint = unknown.nearest === undefined ? '' : `: did you mean ${unknown.nearest}?`;
    throw new CommandError(`unknown config ${unknown.name}${hint}`);
  }
  if ('problems' in loaded) throw new CommandError(loaded.problems.join(' '));
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  return loaded.config;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new CommandError(`--port ${text} is no port: it takes a number from 0 to 65535`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as Error).message}`);
  }
}
