import type { OffsetSpec } from '../cluster/list-offsets.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { FetchedRecords } from './fetched-records.ts';

/** One assigned partition: where its consumer stands, and what was fetched ahead. */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the first message that the caller is not done with; null until it was looked up. */
  position: number | null = null;
  /** Of the first message that the caller was not given. */
  delivered = 0;
  /** Where to look the position up; null: the committed offset first. */
  seekTo: OffsetSpec | null = null;
  paused = false;
  /** Enough of it is in work. */
  held = false;
  readonly fetched: FetchedRecords[] = [];
  bufferedBytes = 0;
  fetching = false;
  /** Not to be fetched before (monotonic), after an error. */
  retryAt = 0;
  /** As of the last fetch; -1 before. */
  highWatermark = -1;
  logStartOffset = -1;
  /** Counts up when what was fetched is no longer wanted: a late answer is told apart by it. */
  fence = 0;
  /** Still assigned. */
  active = true;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Where the next fetch begins. */
  get fetchOffset(): number {
    return this.fetched[this.fetched.length - 1]?.endOffset ?? this.delivered;
  }

  /** Stands at an offset; what was fetched is forgotten. */
  moveTo(offset: number): void {
    this.forgetFetched();
    this.position = offset;
    this.delivered = offset;
    this.seekTo = null;
  }

  /** Has to be looked up again. */
  resetTo(spec: OffsetSpec): void {
    this.forgetFetched();
    this.position = null;
    this.seekTo = spec;
  }

  deactivate(): void {
    this.active = false;
    this.forgetFetched();
  }

  forgetFetched(): void {
    this.fence++;
    this.fetched.length = 0;
    this.bufferedBytes = 0;
    this.retryAt = 0;
    this.held = false;
  }
}
