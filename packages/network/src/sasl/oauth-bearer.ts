import { SaslError } from './sasl-error.ts';

export interface BearerToken {
  /** As the broker is to see it; for most a JWT in its compact form. */
  readonly value: string;
  /** What the broker is told beside it (KIP-342): names of letters, values of printable ASCII. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/** Ends an exchange that the server has refused: it says why, and waits for this (RFC 7628). */
export const REFUSAL_HEARD = Buffer.from([1]);

/** The one message of OAUTHBEARER (RFC 7628, KIP-255, KIP-342). */
export function bearerMessage({ value, extensions = {} }: BearerToken): Buffer {
  // What would end the field early is told without showing the token.
  if (!/^[!-~]+$/.test(value)) {
    throw new SaslError('a token of OAUTHBEARER is of printable ASCII characters, without spaces');
  }
  const fields = Object.entries(extensions).map(([name, text]) => {
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth') {
      throw new SaslError(`an extension of OAUTHBEARER has a name of letters, and not ${name}`);
    }
    if (!/^[\x21-\x7e \t\r\n]+$/.test(text)) {
      throw new SaslError(`the extension ${name} of OAUTHBEARER is of printable ASCII characters`);
    }
    return `${name}=${text}\u0001`;
  });
  return Buffer.from(`n,,\u0001auth=Bearer ${value}\u0001${fields.join('')}\u0001`);
}
