import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SaslError } from './sasl-error.ts';

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** What stretches a password into a key; the two hashes of Kafka's mechanisms. */
export interface PasswordStretch {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly hash: 'sha256' | 'sha512';
  readonly sizeBytes: number;
}

/** Fewer make stored passwords too cheap to guess; Kafka's own bound (KIP-84). */
export const MIN_ITERATIONS = 4096;
/** More cost this side too much. Kafka's tools allow 16,384. */
export const MAX_ITERATIONS = 131_072;
const MAX_SALT_BYTES = 1024;

/** No channel binding: `n,,` in base64. */
const GS2_HEADER = 'n,,';
const GS2_BASE64 = Buffer.from(GS2_HEADER).toString('base64');

/**
 * The client's half of SCRAM (RFC 5802, RFC 7677, KIP-84), without the stretching of the password, which
 * its user does between `challenged` and `proof`. As in Apache Kafka, names and passwords are taken as
 * their UTF-8 is: SASLprep is not applied.
 *
 *   first() → server-first → challenged() → stretched password → proof() → server-final → verify()
 *
 * A server that takes another's nonce, asks for too little or too much work, or does not know the
 * password itself, is a SaslError.
 */
export class ScramClient {
  readonly #hash: 'sha256' | 'sha512';
  readonly #sizeBytes: number;
  readonly #firstBare: string;
  readonly #nonce: string;
  #serverFirst = '';
  #serverNonce = '';
  #serverSignature: Buffer | null = null;

  /** `nonce`: printable ASCII without commas, new for each exchange and not to be guessed. */
  constructor(mechanism: ScramMechanism, username: string, nonce: string) {
    this.#hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    this.#sizeBytes = mechanism === 'SCRAM-SHA-256' ? 32 : 64;
    this.#nonce = nonce;
    this.#firstBare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  first(): Buffer {
    return Buffer.from(GS2_HEADER + this.#firstBare);
  }

  /** Takes the server's first message: how the password is to be stretched. */
  challenged(message: Buffer): PasswordStretch {
    this.#serverFirst = message.toString('latin1');
    const found = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})(?:,[ -~]*)?$/.exec(
      this.#serverFirst,
    );
    if (found === null) throw new SaslError("the server's first SCRAM message is malformed");
    const [, nonce, salt, count] = found as unknown as [string, string, string, string];
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new SaslError('the server answered with the nonce of another SCRAM exchange');
    }
    const iterations = Number(count);
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
      throw new SaslError(
        `the server asks for ${count} SCRAM iterations, which are to be ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`,
      );
    }
    if (salt.length > MAX_SALT_BYTES) throw new SaslError('the salt of the server is too long');
    this.#serverNonce = nonce;
    const stretch = { iterations, hash: this.#hash, sizeBytes: this.#sizeBytes };
    return { salt: Buffer.from(salt, 'base64'), ...stretch };
  }

  /** The client's final message: proves that it knows the password, without telling it. */
  proof(stretchedPassword: Buffer): Buffer {
    const withoutProof = `c=${GS2_BASE64},r=${this.#serverNonce}`;
    const signed = Buffer.from(`${this.#firstBare},${this.#serverFirst},${withoutProof}`);
    const clientKey = this.#hmac(stretchedPassword, Buffer.from('Client Key'));
    const storedKey = createHash(this.#hash).update(clientKey).digest();
    const clientSignature = this.#hmac(storedKey, signed);
    const serverKey = this.#hmac(stretchedPassword, Buffer.from('Server Key'));
    this.#serverSignature = this.#hmac(serverKey, signed);
    const proof = clientKey.map((byte, i) => byte ^ clientSignature[i]!);
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  /** Takes the server's final message, by which it proves that it knows the password as well. */
  verify(message: Buffer): void {
    const found = /^([ve])=([^,]*)(?:,.*)?$/s.exec(message.toString('latin1'));
    if (found === null) throw new SaslError("the server's final SCRAM message is malformed");
    if (found[1] === 'e') throw new SaslError(`the server refused: ${found[2]}`);
    const signature = Buffer.from(found[2]!, 'base64');
    const expected = this.#serverSignature;
    if (expected === null) throw new SaslError('the server ended the SCRAM exchange too early');
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw new SaslError('the server does not know the password, and may be an impostor');
    }
  }

  #hmac(key: Buffer, data: Buffer): Buffer {
    return createHmac(this.#hash, key).update(data).digest();
  }
}
