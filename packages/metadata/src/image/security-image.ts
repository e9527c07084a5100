import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { MetadataDelta } from './metadata-delta.ts';

/** The rules of the authorizer, by their ids. */
export class AclsImage {
  readonly #byId = new Map<string, RecordOf<'AccessControlEntry'>>();

  get byId(): ReadonlyMap<string, RecordOf<'AccessControlEntry'>> {
    return this.#byId;
  }

  add(record: RecordOf<'AccessControlEntry'>, delta: MetadataDelta | undefined): void {
    this.#byId.set(record.id, record);
    delta?.parts.add('acls');
  }

  remove(record: RecordOf<'RemoveAccessControlEntry'>, delta: MetadataDelta | undefined): void {
    this.#byId.delete(record.id);
    delta?.parts.add('acls');
  }

  records(): Iterable<MetadataRecord> {
    return [...this.#byId.values()];
  }
}

/** SCRAM credentials, by mechanism (1 SHA-256, 2 SHA-512) and user. */
export class ScramImage {
  readonly #credentials = new Map<number, Map<string, RecordOf<'UserScramCredential'>>>();

  /** User names to credentials. */
  of(mechanism: number): ReadonlyMap<string, RecordOf<'UserScramCredential'>> {
    return this.#users(mechanism);
  }

  set(record: RecordOf<'UserScramCredential'>, delta: MetadataDelta | undefined): void {
    this.#users(record.mechanism).set(record.name, record);
    delta?.parts.add('scram');
  }

  remove(record: RecordOf<'RemoveUserScramCredential'>, delta: MetadataDelta | undefined): void {
    this.#users(record.mechanism).delete(record.name);
    delta?.parts.add('scram');
  }

  records(): Iterable<MetadataRecord> {
    return Array.from(this.#credentials.values(), (users) => [...users.values()]).flat();
  }

  #users(mechanism: number): Map<string, RecordOf<'UserScramCredential'>> {
    const known = this.#credentials.get(mechanism);
    if (known !== undefined) return known;
    const users = new Map<string, RecordOf<'UserScramCredential'>>();
    this.#credentials.set(mechanism, users);
    return users;
  }
}

/** Delegation tokens by their ids (KIP-48). */
export class DelegationTokensImage {
  readonly #byId = new Map<string, RecordOf<'DelegationToken'>>();

  get byId(): ReadonlyMap<string, RecordOf<'DelegationToken'>> {
    return this.#byId;
  }

  set(record: RecordOf<'DelegationToken'>, delta: MetadataDelta | undefined): void {
    this.#byId.set(record.tokenId, record);
    delta?.parts.add('delegationTokens');
  }

  remove(record: RecordOf<'RemoveDelegationToken'>, delta: MetadataDelta | undefined): void {
    this.#byId.delete(record.tokenId);
    delta?.parts.add('delegationTokens');
  }

  records(): Iterable<MetadataRecord> {
    return [...this.#byId.values()];
  }
}
