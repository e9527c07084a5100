import type { Client } from '@tidelog/client';
import { Violation } from '../../scenario.ts';
import { check } from '../broker-crash/checker.ts';
import type { History, TopicHistory } from '../broker-crash/history.ts';
import { observe } from '../broker-crash/observe.ts';
import type { Progress } from '../clients/progress.ts';
import { GROUP, TOPIC } from '../clients/reader.ts';
import { type ReadRecord, readCommitted } from '../exactly-once/reader.ts';
import type { Wire } from '../exactly-once/wire.ts';
import { checkCopies } from './copies.ts';
import { COPIERS, COPIES, NOTES } from './copier.ts';
import { type Shared, SHARERS } from './sharer.ts';

/** Holds what the broker behind the nodes has against what its clients were told and did. */
export class Examiner {
  readonly #client: Client;
  readonly #wire: Wire;
  readonly #topic: TopicHistory;
  readonly #progress: Progress;
  readonly #shared: Shared;
  readonly #commits = new Map<string, number>();

  /** Client and wire go to the broker itself. */
  constructor(given: {
    readonly client: Client;
    readonly wire: Wire;
    readonly topic: TopicHistory;
    readonly progress: Progress;
    readonly shared: Shared;
  }) {
    this.#client = given.client;
    this.#wire = given.wire;
    this.#topic = given.topic;
    this.#progress = given.progress;
    this.#shared = given.shared;
  }

  /** Throws a Violation when a group has committed what it has not worked on, or gone backward. */
  async checkCommits(): Promise<void> {
    for (const [partition, offset] of await this.#committed(GROUP)) {
      this.#progress.committed(partition, offset);
    }
    await this.#committed(COPIERS);
  }

  /** Whether the copiers have come to the end, and the share group is done with all. */
  async isOver(): Promise<boolean> {
    const ends = this.#topic.partitions.map(({ highWatermark }) => highWatermark);
    const copied = await this.#committed(COPIERS);
    const lags = await this.#lags();
    return ends.every((end, i) => end === 0 || (copied.get(i) === end && lags.get(i) === 0));
  }

  /** All has come to its end. */
  async check(history: History): Promise<void> {
    const seen = await observe(this.#client, [], [TOPIC]);
    check(history, seen);
    const { partitions } = this.#topic;
    const source = seen.topics
      .get(TOPIC)!
      .partitions.map(({ records }) => records.map(([, v]) => v));
    const copies: string[][] = [];
    for (let i = 0; i < partitions.length; i++) copies.push(await this.#read(COPIES, i));
    const notes = await this.#read(NOTES, 0);
    checkCopies({ source, copies, notes, committed: await this.#committed(COPIERS) });
    partitions.forEach(({ highWatermark }, i) => this.#shared.done(i, highWatermark));
  }

  async #committed(groupId: string): Promise<Map<number, number>> {
    await using admin = this.#client.admin();
    const committed = new Map<number, number>();
    for (const { partition, offset } of await admin.listGroupOffsets(groupId)) {
      const key = `${groupId} ${partition}`;
      const before = this.#commits.get(key) ?? 0;
      if (offset < before) {
        throw new Violation(`${groupId}: partition ${partition} from ${before} back to ${offset}`);
      }
      this.#commits.set(key, offset);
      committed.set(partition, offset);
    }
    return committed;
  }

  async #lags(): Promise<Map<number, number | null>> {
    await using admin = this.#client.admin();
    const [group] = await admin.listShareGroupOffsets([{ groupId: SHARERS }]);
    return new Map(group?.offsets.map(({ partition, lag }) => [partition, lag]));
  }

  async #read(topic: string, partition: number): Promise<string[]> {
    const place = { topic, partition };
    const records = await readCommitted(this.#wire, place, { offset: 0, toTheEnd: true });
    return records.map(({ value }: ReadRecord) => value ?? '');
  }
}
