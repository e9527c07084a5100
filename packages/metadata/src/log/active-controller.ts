import type { RaftNode } from '@tidelog/raft';
import type { CommandOf, ControllerApi } from '../controller/commands.ts';
import { Controller } from '../controller/controller.ts';
import type { ControllerParts } from '../controller/controller-state.ts';
import type { Decision } from '../controller/decision.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { encodeBatches } from './record-batches.ts';

export interface Times {
  /** Stamped on records. */
  readonly wallMs: number;
  /** What deadlines are measured by. */
  readonly now: number;
}

/** The controller of an epoch that this node leads: what it decides is appended at once. */
export class ActiveController {
  readonly #raft: RaftNode;
  readonly #controller: Controller;
  readonly #epoch: number;

  constructor(raft: RaftNode, parts: ControllerParts, epoch: number, now: number) {
    this.#raft = raft;
    this.#epoch = epoch;
    this.#controller = new Controller(parts, { now, offset: raft.endOffset });
  }

  /** The answer, and where the log must be committed before it is given; null: not leading any more. */
  submit<A extends ControllerApi>(
    command: CommandOf<A>,
    times: Times,
  ): { reply: Decision<A>['reply']; endOffset: number } | null {
    const at = { now: times.now, nextOffset: this.#raft.endOffset };
    const { records, reply } = this.#controller.decide(command, at);
    // Without records too: the decision may rest on records that aren't committed yet.
    const endOffset =
      records.length === 0 ? this.#raft.endOffset : this.append(records, records, times);
    return endOffset === null ? null : { reply, endOffset };
  }

  /** Appends what is due. */
  tick(times: Times): void {
    for (;;) {
      const records = this.#controller.tick(times.now);
      if (records.length === 0 || this.append(records, records, times) === null) return;
    }
  }

  nextDeadline(): number {
    return this.#controller.nextDeadline();
  }

  /** `effective` is `records` without the markers of metadata transactions. */
  append(
    records: readonly MetadataRecord[],
    effective: readonly MetadataRecord[],
    { wallMs: timestampMs, now }: Times,
  ): number | null {
    const { metadataVersion } = this.#controller;
    const baseOffset = this.#raft.endOffset;
    const batches = [...encodeBatches(records, { metadataVersion, timestampMs })];
    const endOffset = this.#raft.propose(batches, this.#epoch);
    if (endOffset === null) return null;
    for (const [i, record] of effective.entries()) this.#controller.apply(record, baseOffset + i);
    this.#controller.appended(now);
    return endOffset;
  }
}
