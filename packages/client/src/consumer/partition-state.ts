import type { KafkaClientError } from '../client-error.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { FetchedRecords } from './fetched-records.ts';
import type { StartSpec } from './start-spec.ts';

/** One assigned partition: where its consumer stands, and what was fetched ahead. */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the first message that the caller is not done with; null until it was looked up. */
  position: number | null = null;
  /** Of the first message that the caller was not given. */
  delivered = 0;
  /** Leader epoch of the message before `delivered`; -1 where it is not known (KIP-320). */
  deliveredEpoch = -1;
  /** Where to look the position up; null: the committed offset first. */
  seekTo: StartSpec | null = null;
  /** Why nothing more can be read, until someone seeks. */
  stuck: KafkaClientError | null = null;
  paused = false;
  /** Enough of it is in work. */
  held = false;
  readonly fetched: FetchedRecords[] = [];
  bufferedBytes = 0;
  fetching = false;
  /** Where the leader would have it read, for so long (monotonic); null: from the leader (KIP-392). */
  replica: { readonly node: number; readonly until: number } | null = null;
  /** Not to be fetched before (monotonic), after an error. */
  retryAt = 0;
  /** The end of what this consumer may see, as of the last fetch; -1 before. */
  endOffset = -1;
  /** As of the last fetch; -1 before. */
  highWatermark = -1;
  logStartOffset = -1;
  /** Counts up when what was fetched is no longer wanted: a late answer is told apart by it. */
  fence = 0;
  #topicId: string | null = null;
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

  /** What is buffered is of a topic that was deleted, and created anew under this id. */
  isOfAnother(topicId: string): boolean {
    return this.#topicId !== null && this.#topicId !== topicId;
  }

  /** Is fetched from this topic from now on: the epochs of another one say nothing of it. */
  readFrom(topicId: string): void {
    if (this.isOfAnother(topicId)) this.deliveredEpoch = -1;
    this.#topicId = topicId;
  }

  /** Leader epoch of the message before the next fetch; -1 where it is not known. */
  get fetchEpoch(): number {
    return this.fetched[this.fetched.length - 1]?.endEpoch ?? this.deliveredEpoch;
  }

  /** Leader epoch of the message before the position; -1 where it is not known. */
  get positionEpoch(): number {
    return this.position === this.delivered ? this.deliveredEpoch : -1;
  }

  /** Messages were handed out, up to where the reading stands. */
  handedOut({ nextOffset, leaderEpoch }: FetchedRecords): void {
    this.delivered = nextOffset;
    this.deliveredEpoch = leaderEpoch;
  }

  /** Everything of this fetch was handed out, or passed over. */
  usedUp(records: FetchedRecords): void {
    this.fetched.shift();
    this.bufferedBytes -= records.sizeBytes;
    // What could not be read, and was passed over, may reach beyond the batches that make sense.
    this.delivered = Math.max(records.endOffset, records.nextOffset);
    if (records.endEpoch >= 0) this.deliveredEpoch = records.endEpoch;
  }

  /** Stands at an offset; what was fetched is forgotten. */
  moveTo(offset: number, leaderEpoch = -1): void {
    this.forgetFetched();
    this.position = offset;
    this.delivered = offset;
    this.deliveredEpoch = leaderEpoch;
    this.seekTo = null;
  }

  /** Has to be looked up again. */
  resetTo(spec: StartSpec): void {
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
    this.stuck = null;
  }
}
