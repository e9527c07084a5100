import type { Voter, VoterSet } from '../voters/voter-set.ts';

/** The votes of one election or pre-vote. */
export class Election {
  readonly #voters: VoterSet;
  readonly #votes = new Map<number, boolean>();

  constructor(voters: VoterSet, ownId: number) {
    this.#voters = voters;
    this.#votes.set(ownId, true);
  }

  record(voterId: number, granted: boolean): void {
    if (this.#voters.byId(voterId) !== undefined) this.#votes.set(voterId, granted);
  }

  get isWon(): boolean {
    return this.granting.length >= this.#voters.majority;
  }

  get isLost(): boolean {
    return this.granting.length + this.unrecorded.length < this.#voters.majority;
  }

  get granting(): number[] {
    return this.#voters.ids.filter((id) => this.#votes.get(id) === true);
  }

  get unrecorded(): Voter[] {
    return this.#voters.voters.filter((voter) => !this.#votes.has(voter.id));
  }
}
