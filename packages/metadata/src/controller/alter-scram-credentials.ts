import type { RequestOf } from '@tidelog/protocol';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { SINCE } from '../records/record-versions.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

type Request = RequestOf<'AlterUserScramCredentials'>;
type Change = MetadataRecord | Refusal;

/** What is stored of a password (RFC 5802): enough to check it, too little to use it. */
export interface ScramKeys {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Computes the keys; the hash functions are the platform's. `mechanism` is that of the wire. */
export type ScramKeysOf = (mechanism: number, saltedPassword: Buffer) => ScramKeys;

/** Mechanisms on the wire: 1 is SCRAM-SHA-256, 2 SCRAM-SHA-512; both ask for as many rounds. */
const MECHANISMS = new Set([1, 2]);
const MIN_ITERATIONS = 4096;
const MAX_ITERATIONS = 16_384;

/** AlterUserScramCredentials (KIP-554): each user by itself, and once. */
export function alterScramCredentials(
  state: ControllerState,
  { deletions, upsertions }: Request,
): Decision<'AlterUserScramCredentials'> {
  const changes = new Map<string, Change>();
  const add = (user: string, change: () => Change): void => {
    const message = 'A user credential cannot be altered twice in the same request';
    changes.set(user, changes.has(user) ? new Refusal('DUPLICATE_RESOURCE', message) : change());
  };
  for (const deletion of deletions) add(deletion.name, () => remove(state, deletion));
  for (const upsertion of upsertions) add(upsertion.name, () => upsert(state, upsertion));
  const results = Array.from(changes, ([user, change]) => ({
    user,
    ...errorFields(change instanceof Refusal ? change : undefined),
  }));
  const records = [...changes.values()].filter(
    (change): change is MetadataRecord => !(change instanceof Refusal),
  );
  return { records, reply: { throttleTimeMs: 0, results } };
}

function remove(state: ControllerState, { name, mechanism }: Request['deletions'][number]): Change {
  const refusal = refusalOf(state, name, mechanism);
  if (refusal !== undefined) return refusal;
  if (!state.image.scram.of(mechanism).has(name)) {
    const message = 'Attempt to delete a user credential that does not exist';
    return new Refusal('RESOURCE_NOT_FOUND', message);
  }
  return { type: 'RemoveUserScramCredential', name, mechanism };
}

function upsert(
  state: ControllerState,
  { name, mechanism, iterations, salt, saltedPassword }: Request['upsertions'][number],
): Change {
  const refusal = refusalOf(state, name, mechanism);
  if (refusal !== undefined) return refusal;
  if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
    const message = `Too ${iterations < MIN_ITERATIONS ? 'few' : 'many'} iterations`;
    return new Refusal('UNACCEPTABLE_CREDENTIAL', message);
  }
  const keys = state.scramKeysOf(mechanism, saltedPassword);
  return { type: 'UserScramCredential', name, mechanism, salt, ...keys, iterations };
}

function refusalOf(state: ControllerState, name: string, mechanism: number): Refusal | undefined {
  if (state.image.features.metadataVersion < SINCE.SCRAM) {
    const message = 'The current metadata.version does not support SCRAM';
    return new Refusal('UNSUPPORTED_VERSION', message);
  }
  if (name === '') {
    return new Refusal('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty');
  }
  if (!MECHANISMS.has(mechanism)) {
    return new Refusal('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism');
  }
  return undefined;
}
