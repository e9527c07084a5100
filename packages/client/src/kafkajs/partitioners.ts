import { murmur2 } from '../producer/murmur2.ts';
import type { Message, PartitionMetadata } from './types.ts';

export interface PartitionerArgs {
  readonly topic: string;
  readonly partitionMetadata: readonly PartitionMetadata[];
  readonly message: Message;
}

/** Made once for each producer; gives the partition of each message. */
export type ICustomPartitioner = () => (args: PartitionerArgs) => number;

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The hash of kafkajs before its version 2: murmur2 whose products were rounded as doubles, and which
 * takes the last bytes in twice. Whoever has keyed data in the old partitions needs just these.
 */
export function legacyMurmur2(data: Uint8Array): number {
  const { length } = data;
  const at = (i: number): number => data[i] ?? 0;
  let hash = SEED ^ length;
  for (let i = 0; i < length; i += 4) {
    let word = at(i) + (at(i + 1) << 8) + (at(i + 2) << 16) + (at(i + 3) << 24);
    word *= M;
    word ^= word >>> 24;
    word *= M;
    hash = (hash * M) ^ word;
  }
  const last = length & ~3;
  const left = length - last;
  if (left === 3) hash ^= at(last + 2) << 16;
  if (left >= 2) hash ^= at(last + 1) << 8;
  if (left >= 1) hash = (hash ^ at(last)) * M;
  hash ^= hash >>> 13;
  hash *= M;
  return hash ^ (hash >>> 15);
}

function hashing(hash: (key: Uint8Array) => number): ICustomPartitioner {
  return () => {
    /** Each topic starts anywhere, so that many producers do not all begin with the same partition. */
    const turns = new Map<string, number>();
    return ({ topic, partitionMetadata, message }) => {
      if (message.partition !== undefined && message.partition !== null) return message.partition;
      const { key } = message;
      if (key !== undefined && key !== null) {
        const bytes = typeof key === 'string' ? Buffer.from(key) : key;
        return (hash(bytes) & 0x7fffffff) % partitionMetadata.length;
      }
      const turn = (turns.get(topic) ?? Math.floor(Math.random() * 0x7fffffff)) + 1;
      turns.set(topic, turn);
      const available = partitionMetadata.filter(({ leader }) => leader >= 0);
      const choice = available.length > 0 ? available : partitionMetadata;
      return choice[turn % choice.length]!.partitionId;
    };
  };
}

const DefaultPartitioner = hashing(murmur2);

export const Partitioners = {
  /** Keys go where Java's producer sends them. */
  DefaultPartitioner,
  LegacyPartitioner: hashing(legacyMurmur2),
  JavaCompatiblePartitioner: DefaultPartitioner,
} as const;
