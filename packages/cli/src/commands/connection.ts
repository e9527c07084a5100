import { type Client, type ClientOptions, createClient, KafkaClientError } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import { endQuietlyWithReader } from '../terminal/output.ts';

export interface ConnectionSettings {
  readonly bootstrapServers: string;
}

/** A person waits: where nobody answers, that is said soon. */
export const PATIENCE_MS = 5000;

/** Runs a command with a client that is closed at its end; failures of the client become one sentence. */
export async function withClient<T>(
  { bootstrapServers }: ConnectionSettings,
  run: (client: Client) => Promise<T>,
  options: Partial<ClientOptions> = {},
): Promise<T> {
  endQuietlyWithReader();
  try {
    const client = createClient({
      bootstrapServers,
      clientId: 'tidelog-cli',
      apiTimeoutMs: PATIENCE_MS,
      ...options,
    });
    try {
      return await run(client);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (error instanceof KafkaClientError) throw new CommandError(error.message);
    throw error;
  }
}

/** `name=value` pairs in their order. */
export function pairs(list: readonly string[], option: string): [string, string][] {
  return list.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(`${option} takes name=value, not ${pair}`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}
