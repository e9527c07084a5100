import { Register } from './register.ts';

/** What clients asked of the broker, and what it told them: all that a reader may hold it to. */
export class History {
  /** By name; a topic that is created again after its deletion takes the place of the former one. */
  readonly topics = new Map<string, TopicHistory>();
  /** The offset that a group committed, by `commitKey`. */
  readonly commits = new Map<string, Register<number | undefined>>();
  /** Ids of topics whose deletion was acknowledged. */
  readonly deletedIds = new Set<string>();
  /** How many requests were acknowledged. */
  acks = 0;

  commit(key: string): Register<number | undefined> {
    let register = this.commits.get(key);
    if (register === undefined)
      this.commits.set(key, (register = new Register<number | undefined>(undefined)));
    return register;
  }
}

export function commitKey(groupId: string, topic: string, partition: number): string {
  return `${groupId}/${topic}-${partition}`;
}

export class TopicHistory {
  readonly name: string;
  readonly present = new Register(false);
  readonly configs = new Map<string, Register<string | undefined>>();
  readonly partitions: readonly PartitionHistory[];
  /** As a client was told. */
  id: string | undefined;

  /** There was one of that name before. */
  readonly isRenewed: boolean;

  constructor(name: string, partitionCount: number, isRenewed = false) {
    this.name = name;
    this.isRenewed = isRenewed;
    this.partitions = Array.from({ length: partitionCount }, () => new PartitionHistory());
  }

  send(partition: number, value: string): void {
    this.partitions[partition]!.send(value);
  }

  ack(partition: number, offset: number, value: string): void {
    this.partitions[partition]!.ack(offset, value);
  }

  config(key: string): Register<string | undefined> {
    let register = this.configs.get(key);
    if (register === undefined)
      this.configs.set(key, (register = new Register<string | undefined>(undefined)));
    return register;
  }
}

export class PartitionHistory {
  /** All that was ever sent, in the order in which its producer sent it. */
  readonly sent = new Map<string, number>();
  /** By offset. */
  readonly acked = new Map<number, string>();
  /** A client was told that all below this can be read. */
  highWatermark = 0;
  /** A client was told that all below this is deleted. */
  logStartOffset = 0;
  /** The highest offset that a client asked to delete up to. */
  deletionAskedTo = 0;

  send(value: string): void {
    this.sent.set(value, this.sent.size);
  }

  ack(offset: number, value: string): void {
    this.acked.set(offset, value);
    this.highWatermark = Math.max(this.highWatermark, offset + 1);
  }
}
