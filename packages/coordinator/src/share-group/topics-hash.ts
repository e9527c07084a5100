import type { TopicsView } from '../group/topics-view.ts';

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** A hash of the topics of these names: it differs where one of them has come, changed or gone. */
export function metadataHash(names: readonly string[], topics: TopicsView): bigint {
  let hash = FNV_OFFSET;
  for (const name of names) {
    const topic = topics.byName(name);
    const text = topic === undefined ? '' : `${topic.id}:${name}:${topic.partitionCount};`;
    for (let at = 0; at < text.length; at++) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * FNV_PRIME);
    }
  }
  return BigInt.asIntN(64, hash);
}
