import type { TopicsView } from '../group/topics-view.ts';
import { metadataHashes } from '../metadata-hash/metadata-hashes.ts';

/** The hash of the topics of these names, in their order, as far as there are such. */
export function metadataHash(names: readonly string[], topics: TopicsView): bigint {
  const present = names.map((name) => topics.byName(name)).filter((topic) => topic !== undefined);
  return metadataHashes.group(present.map((topic) => metadataHashes.topic(topic)));
}
