import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { bearerMessage, type BearerToken, REFUSAL_HEARD } from './oauth-bearer.ts';
import { plainMessage } from './plain.ts';
import { SaslError } from './sasl-error.ts';
import { ScramClient, type ScramMechanism } from './scram-client.ts';

/** Who one is, with what proves it. */
export type SaslCredentials =
  | {
      readonly mechanism: 'PLAIN' | ScramMechanism;
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: BearerToken };

/** Carries a message to the other side, and gives what that says to it; throws where it refuses. */
export type SaslCarrier = (message: Buffer) => Promise<Buffer>;

const NONCE_BYTES = 24;

/**
 * Proves to a server who one is, and with SCRAM has the server prove that it knows the password too.
 * Passwords are stretched off this thread. Rejects with a SaslError, or with what the carrier throws.
 */
export async function proveIdentity(
  credentials: SaslCredentials,
  carry: SaslCarrier,
): Promise<void> {
  switch (credentials.mechanism) {
    case 'PLAIN':
      await carry(plainMessage(credentials.username, credentials.password));
      return;
    case 'OAUTHBEARER': {
      const refusal = await carry(bearerMessage(credentials.token));
      if (refusal.length === 0) return;
      await carry(REFUSAL_HEARD);
      throw new SaslError(`the server refused the token: ${refusal.toString().slice(0, 1000)}`);
    }
    default: {
      const { mechanism, username, password } = credentials;
      const client = new ScramClient(mechanism, username, randomBytes(NONCE_BYTES).toString('hex'));
      const { salt, iterations, sizeBytes, hash } = client.challenged(await carry(client.first()));
      const secret = await promisify(pbkdf2)(password, salt, iterations, sizeBytes, hash);
      client.verify(await carry(client.proof(secret)));
    }
  }
}
