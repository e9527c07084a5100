import { metadataHashes } from '../metadata-hash/metadata-hashes.ts';
import type { Turn } from './turn.ts';

/** The hash of those of the topics that there are; the names come in their order. */
export function topicsHash(turn: Turn, names: readonly string[]): bigint {
  const hashes: bigint[] = [];
  for (const name of names) {
    const hash = topicHash(turn, name);
    if (hash !== undefined) hashes.push(hash);
  }
  return metadataHashes.group(hashes);
}

function topicHash(turn: Turn, name: string): bigint | undefined {
  const { hashes } = turn.table.topicChanges;
  const known = hashes.get(name);
  if (known !== undefined) return known;
  const topic = turn.topics.byName(name);
  if (topic === undefined) return undefined;
  const hash = metadataHashes.topic(topic);
  hashes.set(name, hash);
  return hash;
}
