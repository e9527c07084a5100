import type { SeededRandom } from '../world/seeded-random.ts';
import { PAGE_BYTES, SparseBytes } from './sparse-bytes.ts';
import { drawSurvival } from './survival.ts';

/** What a disk writes whole: a crash leaves each one as it was after some change, or before all. */
export const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  /** `cleared`: the sectors that held bytes behind the new end. */
  | { readonly kind: 'resize'; readonly sizeBytes: number; readonly cleared: readonly number[] };

/**
 * A file's content, twice: as programs read it, and as the platter has it, with the changes between
 * the two. A sync carries changes over; a crash carries over what it likes, sector by sector.
 */
export class StoredFile {
  readonly #live: SparseBytes;
  #durable: SparseBytes;
  #pending: Change[] = [];
  #carriedOver = 0; // changes that are no longer pending
  modifiedMs = 0;

  constructor(content = new SparseBytes()) {
    this.#durable = content;
    this.#live = content.clone();
  }

  get sizeBytes(): number {
    return this.#live.sizeBytes;
  }

  get allocatedBytes(): number {
    return this.#live.allocatedBytes;
  }

  read(position: number, length: number): Buffer {
    return this.#live.read(position, length);
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    this.#live.write(bytes, position);
    this.#pending.push({ kind: 'write', position, bytes: Buffer.from(bytes) });
  }

  resize(sizeBytes: number): void {
    const cleared: number[] = [];
    for (const page of this.#live.pagesWithin(sizeBytes, this.#live.sizeBytes)) {
      for (let at = page; at < page + PAGE_BYTES; at += SECTOR_BYTES) {
        if (at + SECTOR_BYTES > sizeBytes) cleared.push(at / SECTOR_BYTES);
      }
    }
    this.#live.resize(sizeBytes);
    this.#pending.push({ kind: 'resize', sizeBytes, cleared });
  }

  /** How many of `length` bytes fit at `position`; `freeBytes`, which takes time, is asked if need be. */
  fitting(position: number, length: number, freeBytes: () => number): number {
    let free: number | undefined;
    for (let at = position; at < position + length; ) {
      if (!this.#live.hasPage(at)) {
        free = (free ?? freeBytes()) - PAGE_BYTES;
        if (free < 0) return at - position;
      }
      at += PAGE_BYTES - (at % PAGE_BYTES);
    }
    return length;
  }

  /** A mark of the changes up to now, for `syncUpTo` and `loseUpTo`. */
  mark(): number {
    return this.#carriedOver + this.#pending.length;
  }

  /** Makes the changes before the mark durable. */
  syncUpTo(mark: number): void {
    for (const change of this.#takeUpTo(mark)) {
      if (change.kind === 'write') this.#durable.write(change.bytes, change.position);
      else this.#durable.resize(change.sizeBytes);
    }
  }

  /**
   * A failed sync: of the changes before the mark the platter has what it likes, and the system
   * takes them for written, so no later sync will bring the rest.
   */
  loseUpTo(mark: number, random: SeededRandom): void {
    this.#durable = survivor(this.#durable, this.#takeUpTo(mark), random);
  }

  /** The content that a crash now would leave. */
  survivor(random: SeededRandom): StoredFile {
    const file = new StoredFile(survivor(this.#durable, this.#pending, random));
    file.modifiedMs = this.modifiedMs;
    return file;
  }

  /** Flips one bit, unseen by everyone: on the platter, and in what is read from it. */
  rot(position: number, bit: number): void {
    for (const content of [this.#live, this.#durable]) {
      const byte = content.read(position, 1);
      if (byte.length === 1) content.write(Buffer.of((byte[0] as number) ^ (1 << bit)), position);
    }
  }

  #takeUpTo(mark: number): Change[] {
    const taken = this.#pending.splice(0, Math.max(0, mark - this.#carriedOver));
    this.#carriedOver += taken.length;
    return taken;
  }
}

function survivor(
  durable: SparseBytes,
  changes: readonly Change[],
  random: SeededRandom,
): SparseBytes {
  const result = durable.clone();
  const survives = drawSurvival(random, changes.length);
  const sizes = sizesAfter(durable.sizeBytes, changes);
  const sizeBytes = sizes[survives(changes.map((_, ordinal) => ordinal))] as number;
  const changesOfSector = new Map<number, number[]>();
  changes.forEach((change, ordinal) => {
    for (const sector of sectorsOf(change)) {
      const ordinals = changesOfSector.get(sector);
      if (ordinals === undefined) changesOfSector.set(sector, [ordinal]);
      else ordinals.push(ordinal);
    }
  });
  for (const [sector, ordinals] of changesOfSector) {
    for (const ordinal of ordinals.slice(0, survives(ordinals))) {
      applyToSector(result, sector, changes[ordinal] as Change);
    }
  }
  result.resize(sizeBytes);
  return result;
}

/** The size before all changes, and after each one. */
function sizesAfter(sizeBytes: number, changes: readonly Change[]): number[] {
  const sizes = [sizeBytes];
  for (const change of changes) {
    sizes.push(
      change.kind === 'resize'
        ? change.sizeBytes
        : Math.max(sizes.at(-1) as number, change.position + change.bytes.length),
    );
  }
  return sizes;
}

function sectorsOf(change: Change): readonly number[] {
  if (change.kind === 'resize') return change.cleared;
  const first = Math.floor(change.position / SECTOR_BYTES);
  const last = Math.floor((change.position + change.bytes.length - 1) / SECTOR_BYTES);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function applyToSector(content: SparseBytes, sector: number, change: Change): void {
  const start = sector * SECTOR_BYTES;
  const end = start + SECTOR_BYTES;
  if (change.kind === 'resize') {
    content.clear(Math.max(start, change.sizeBytes), end);
    return;
  }
  const from = Math.max(start, change.position);
  const to = Math.min(end, change.position + change.bytes.length);
  content.write(change.bytes.subarray(from - change.position, to - change.position), from);
}
