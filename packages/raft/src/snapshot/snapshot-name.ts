import type { OffsetAndEpoch } from '../keys.ts';

const NAME = /^(\d{20})-(\d{10})(.*)$/;

/** `complete` is a snapshot, `partial` one that is being written, `deleted` one that goes soon. */
export type SnapshotFileKind = 'complete' | 'partial' | 'deleted';

export interface SnapshotFileName {
  readonly id: OffsetAndEpoch;
  readonly kind: SnapshotFileKind;
}

/** `00000000000000000042-0000000003.checkpoint`: everything below offset 42, the last of epoch 3. */
export function snapshotFileName(id: OffsetAndEpoch, kind: SnapshotFileKind = 'complete'): string {
  const offset = String(id.offset).padStart(20, '0');
  return `${offset}-${String(id.epoch).padStart(10, '0')}${SUFFIXES[kind]}`;
}

const SUFFIXES: Record<SnapshotFileKind, string> = {
  complete: '.checkpoint',
  partial: '.checkpoint.part',
  deleted: '.checkpoint.deleted',
};

/** Null for names of other files. Apache Kafka puts random digits before `.checkpoint.part`. */
export function parseSnapshotFileName(name: string): SnapshotFileName | null {
  const match = NAME.exec(name);
  const suffix = match?.[3] ?? '';
  if (match === null) return null;
  const id = { offset: Number(match[1]), epoch: Number(match[2]) };
  if (suffix === SUFFIXES.complete) return { id, kind: 'complete' };
  if (suffix === SUFFIXES.deleted) return { id, kind: 'deleted' };
  return suffix.endsWith(SUFFIXES.partial) ? { id, kind: 'partial' } : null;
}
