import { createHash, createHmac } from 'node:crypto';
import type { ScramKeysOf } from '../controller/alter-scram-credentials.ts';

const SCRAM_SHA_512 = 2;

/** The keys that a server keeps of a salted password (RFC 5802, section 3). */
export const scramKeysOf: ScramKeysOf = (mechanism, saltedPassword) => {
  const hash = mechanism === SCRAM_SHA_512 ? 'sha512' : 'sha256';
  const keyed = (text: string): Buffer => createHmac(hash, saltedPassword).update(text).digest();
  return {
    storedKey: createHash(hash).update(keyed('Client Key')).digest(),
    serverKey: keyed('Server Key'),
  };
};
