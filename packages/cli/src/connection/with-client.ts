import {
  type Client,
  type ClientOptions,
  createClient,
  FailedItemsError,
  KafkaClientError,
  type Logger,
} from '@tidelog/client';
import { CallError, CommandError } from '../command-error.ts';
import type { Call, Terminal } from '../command/call.ts';
import { type ClientSettings, readClientProperties } from './client-properties.ts';
import { chosenProfile } from './profiles.ts';

export interface ConnectionSettings {
  readonly bootstrapServers?: string;
  /** `name=value` */
  readonly X?: readonly string[];
  readonly profile?: string;
  readonly verbose?: boolean;
}

/** A person waits: where nobody answers, that is said soon. */
export const PATIENCE_MS = 5000;

const DEFAULT_SERVERS = '127.0.0.1:9092';

export type RunWithClient<T> = (client: Client, settings: ClientSettings) => Promise<T>;

/** Runs a command with a client that is closed at its end; failures of the client become one sentence. */
export async function withClient<T>(
  call: Call<ConnectionSettings>,
  run: RunWithClient<T>,
  options: Partial<ClientOptions> = {},
): Promise<T> {
  const settings = await connectionOf(call.settings, call.terminal);
  return inOneSentence(async () => {
    const client = createClient({ ...settings.client, ...options });
    try {
      return await run(client, settings);
    } finally {
      await client.close();
    }
  });
}

/** Failures of the client as a CommandError. */
export async function inOneSentence<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof FailedItemsError) {
      throw new CommandError(error.errors.map(({ message }) => message).join('; '));
    }
    if (error instanceof KafkaClientError) throw new CommandError(error.message);
    throw error;
  }
}

export type Connection = ClientSettings & { readonly client: ClientOptions };

/** Options before `-X`, that before the environment, that before the profile, that before the defaults. */
export async function connectionOf(
  settings: ConnectionSettings,
  terminal: Pick<Terminal, 'env' | 'tell'>,
): Promise<Connection> {
  const { env } = terminal;
  const profile = chosenProfile(env, settings.profile) ?? {};
  const environment: [string, string][] = env.TIDELOG_BOOTSTRAP_SERVERS
    ? [['bootstrap.servers', env.TIDELOG_BOOTSTRAP_SERVERS]]
    : [];
  // A profile that is named in the call says where to connect; one that is only in use gives way.
  const layers =
    settings.profile === undefined
      ? [...Object.entries(profile), ...environment]
      : [...environment, ...Object.entries(profile)];
  const read = await readClientProperties([...layers, ...pairs(settings.X ?? [], '-X')]);
  const bootstrapServers =
    settings.bootstrapServers ?? read.client.bootstrapServers ?? DEFAULT_SERVERS;
  // What goes wrong is told once, as the failure of the command.
  const logger = settings.verbose ? loggerOf(terminal, ['debug', 'info', 'warn', 'error']) : {};
  const client = { clientId: 'tidelog-cli', apiTimeoutMs: PATIENCE_MS, logger, ...read.client };
  return { ...read, client: { ...client, bootstrapServers } };
}

/** Tells what the client says on standard error. */
export function loggerOf(
  terminal: Pick<Terminal, 'tell'>,
  levels: readonly (keyof Logger)[],
): Partial<Logger> {
  const named = levels.map((level) => [
    level,
    (message: string) => terminal.tell(`tidelog: ${level}: ${message}\n`),
  ]);
  return Object.fromEntries(named) as Partial<Logger>;
}

/** `name=value` pairs in their order. */
export function pairs(list: readonly string[], option: string): [string, string][] {
  return list.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CallError(`${option} takes name=value, not ${pair}`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}
