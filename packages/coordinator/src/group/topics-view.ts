/** A topic as assignment needs to know it. */
export interface TopicView {
  readonly name: string;
  readonly id: string;
  readonly partitionCount: number;
  /** The racks of the brokers that hold a partition, without order, as often as they occur. */
  racks(partition: number): readonly string[];
}

/** The cluster's topics at one moment of its metadata. The broker hands it in. */
export interface TopicsView {
  /** The offset of the metadata log that it shows; grows with every change. */
  readonly version: number;
  byName(name: string): TopicView | undefined;
  byId(id: string): TopicView | undefined;
  names(): Iterable<string>;
}

export const NO_TOPICS: TopicsView = {
  version: -1,
  byName: () => undefined,
  byId: () => undefined,
  names: () => [],
};
