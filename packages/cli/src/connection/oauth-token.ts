import { readFile } from 'node:fs/promises';
import type { ClientCredentialsOptions, OAuthBearerToken } from '@tidelog/client';
import { CommandError } from '../command-error.ts';

type Token = OAuthBearerToken;

/** A token that something else keeps fresh in a file. */
export async function readToken(file: URL): Promise<Token> {
  try {
    return { value: (await readFile(file, 'utf8')).trim() };
  } catch (error) {
    throw new CommandError(`cannot read a token: ${(error as Error).message}`);
  }
}

/** Asks a provider with the id and the secret of this client (KIP-768). */
export async function requestToken(options: ClientCredentialsOptions): Promise<Token> {
  const { clientCredentials } = await import('@tidelog/client');
  return clientCredentials(options)();
}
