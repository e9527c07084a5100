import type { ControlRecord } from '../replication/control-records.ts';
import { VoterSet } from './voter-set.ts';

interface At<T> {
  readonly offset: number;
  readonly value: T;
}

/**
 * The voter sets and kraft.versions of the log, by offset. A set is in force as soon as it is
 * appended, before it is committed, and is taken back when its record is truncated (KIP-853).
 */
export class VoterHistory {
  readonly #staticVoters: VoterSet;
  #voters: At<VoterSet>[] = [];
  #versions: At<number>[] = [];

  /** @param staticVoters what controller.quorum.voters says; empty for a dynamic quorum. */
  constructor(staticVoters: VoterSet) {
    this.#staticVoters = staticVoters;
  }

  get last(): VoterSet {
    return this.#voters.at(-1)?.value ?? this.#staticVoters;
  }

  /** Where the last set was written; -1 in the bootstrap snapshot, null when it is the static one. */
  get lastOffset(): number | null {
    return this.#voters.at(-1)?.offset ?? null;
  }

  get kraftVersion(): number {
    return this.#versions.at(-1)?.value ?? 0;
  }

  /** The set in force just below `endOffset`, which a snapshot of that id must hold. */
  votersBelow(endOffset: number): VoterSet {
    return this.#voters.findLast((entry) => entry.offset < endOffset)?.value ?? this.#staticVoters;
  }

  kraftVersionBelow(endOffset: number): number {
    return this.#versions.findLast((entry) => entry.offset < endOffset)?.value ?? 0;
  }

  apply(offset: number, record: ControlRecord): void {
    if (record.type === 'voters') this.#voters.push({ offset, value: new VoterSet(record.voters) });
    if (record.type === 'kraftVersion') this.#versions.push({ offset, value: record.version });
  }

  truncateTo(endOffset: number): void {
    this.#voters = this.#voters.filter((entry) => entry.offset < endOffset);
    this.#versions = this.#versions.filter((entry) => entry.offset < endOffset);
  }

  /** Forgets what a snapshot at `startOffset` replaces; the newest entry below it stays. */
  forgetBelow(startOffset: number): void {
    this.#voters = dropOld(this.#voters, startOffset);
    this.#versions = dropOld(this.#versions, startOffset);
  }

  clear(): void {
    this.#voters = [];
    this.#versions = [];
  }
}

function dropOld<T>(entries: At<T>[], startOffset: number): At<T>[] {
  const keep = entries.findLastIndex((entry) => entry.offset < startOffset);
  return keep <= 0 ? entries : entries.slice(keep);
}
