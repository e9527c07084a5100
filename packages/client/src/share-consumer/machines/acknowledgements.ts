import type { TopicPartition } from '../../topic-partition.ts';

/** What becomes of a record: done with; to be delivered again; never to be; held for longer. */
export type AcknowledgeType = 'accept' | 'release' | 'reject' | 'renew';

/** By the numbers of the wire. A gap is an offset that was acquired and holds no record. */
const wireTypes = { gap: 0, accept: 1, release: 2, reject: 3, renew: 4 } as const;

export type WireAcknowledgeType = keyof typeof wireTypes;

export interface SharePartition extends TopicPartition {
  readonly topicId: string;
}

/** Acknowledgements of one partition, by offset. */
export interface PartitionAcknowledgements {
  readonly partition: SharePartition;
  readonly types: ReadonlyMap<number, WireAcknowledgeType>;
}

/** As ShareFetch and ShareAcknowledge have it: one type for all offsets from the first to the last. */
export interface AcknowledgementBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly acknowledgeTypes: number[];
}

/** The same for the same partition of the same topic: a topic that was created anew is another one. */
export function shareKeyOf({ topicId, partition }: Omit<SharePartition, 'topic'>): string {
  return `${topicId}-${partition}`;
}

/** Acknowledgements that are yet to be sent to a broker. */
export class PendingAcknowledgements {
  readonly #partitions = new Map<
    string,
    { readonly partition: SharePartition; readonly types: Map<number, WireAcknowledgeType> }
  >();

  get isEmpty(): boolean {
    return this.#partitions.size === 0;
  }

  /** The last word on an offset stands. */
  add(partition: SharePartition, offset: number, type: WireAcknowledgeType): void {
    const key = shareKeyOf(partition);
    const known = this.#partitions.get(key);
    if (known === undefined)
      this.#partitions.set(key, { partition, types: new Map([[offset, type]]) });
    else known.types.set(offset, type);
  }

  /** All of them, which are pending no more. */
  take(): PartitionAcknowledgements[] {
    const taken = [...this.#partitions.values()];
    this.#partitions.clear();
    return taken;
  }
}

/** A request that renews locks does nothing else for a member (KIP-1222). */
export function hasRenewal(acknowledgements: readonly PartitionAcknowledgements[]): boolean {
  return acknowledgements.some(({ types }) => [...types.values()].includes('renew'));
}

/** Neighbours of the same type as one batch, in the order of their offsets. */
export function batchesOf(types: ReadonlyMap<number, WireAcknowledgeType>): AcknowledgementBatch[] {
  const batches: { firstOffset: number; lastOffset: number; acknowledgeTypes: number[] }[] = [];
  for (const [offset, type] of [...types].sort(([a], [b]) => a - b)) {
    const last = batches.at(-1);
    const wireType = wireTypes[type];
    if (last?.lastOffset === offset - 1 && last.acknowledgeTypes[0] === wireType) {
      last.lastOffset = offset;
    } else {
      batches.push({ firstOffset: offset, lastOffset: offset, acknowledgeTypes: [wireType] });
    }
  }
  return batches;
}
