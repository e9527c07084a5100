import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { MetadataDelta } from './metadata-delta.ts';

/** Whom a quota is for: `user`, `client-id` or `ip` to a name, null being the default entity. */
export type QuotaEntity = ReadonlyMap<string, string | null>;

export interface EntityQuotas {
  readonly entity: QuotaEntity;
  /** Quota names (`producer_byte_rate`, ...) to limits. */
  readonly quotas: ReadonlyMap<string, number>;
}

type Entry = { readonly entity: QuotaEntity; readonly quotas: Map<string, number> };

export class ClientQuotasImage {
  readonly #entities = new Map<string, Entry>();

  all(): IterableIterator<EntityQuotas> {
    return this.#entities.values();
  }

  of(entity: QuotaEntity): ReadonlyMap<string, number> | undefined {
    return this.#entities.get(entityKey(entity))?.quotas;
  }

  set(record: RecordOf<'ClientQuota'>, delta: MetadataDelta | undefined): void {
    const entity = new Map(record.entity.map((part) => [part.entityType, part.entityName]));
    const key = entityKey(entity);
    const entry = this.#entities.get(key) ?? { entity, quotas: new Map<string, number>() };
    if (record.remove) entry.quotas.delete(record.key);
    else entry.quotas.set(record.key, record.value);
    if (entry.quotas.size > 0) this.#entities.set(key, entry);
    else this.#entities.delete(key);
    delta?.parts.add('clientQuotas');
  }

  *records(): Generator<MetadataRecord> {
    for (const { entity, quotas } of this.#entities.values()) {
      const parts = Array.from(entity, ([entityType, entityName]) => ({ entityType, entityName }));
      for (const [key, value] of quotas) {
        yield { type: 'ClientQuota', entity: parts, key, value, remove: false };
      }
    }
  }
}

/** The same for the same entity, whatever the order of its parts. */
export function entityKey(entity: QuotaEntity): string {
  return JSON.stringify([...entity].sort(([a], [b]) => (a < b ? -1 : 1)));
}
