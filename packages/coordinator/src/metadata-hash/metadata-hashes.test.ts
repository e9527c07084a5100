import { expect, it } from 'vitest';
import type { TopicView } from '../group/topics-view.ts';
import { metadataHashes } from './metadata-hashes.ts';

function topic(name: string, id: string, partitionCount: number, racks: string[][]): TopicView {
  return { name, id, partitionCount, racks: (partition) => racks[partition % racks.length]! };
}

/** Topics, and what Apache Kafka 4.3.1 makes of them. */
const topics: readonly (readonly [TopicView, bigint])[] = [
  [topic('foo', 'AAECAwQFBgcICQoLDA0ODw', 1, [[]]), -3487266703511056095n],
  [
    topic('orders', '_vHi08S1ppeIeWpbTD0uHw', 3, [['rack-b', 'rack-a'], ['ü'], []]),
    -622278929985754814n,
  ],
  [
    topic('a.long-topic_name', 'AAECAwQFBgcICQoLDA0ODw', 100, [
      ['r1', 'r2', 'r0'],
      ['a', 'a', 'b'],
    ]),
    -6358358346529282106n,
  ],
];

it.each(topics)('hashes a topic as Apache Kafka does: $name', (view, hash) => {
  expect(metadataHashes.topic(view)).toBe(hash);
});

it('hashes the topics of a group in the order of their names', () => {
  const byName = topics.toSorted(([a], [b]) => (a.name < b.name ? -1 : 1));
  expect(metadataHashes.group(byName.map(([, hash]) => hash))).toBe(2348462442785558703n);
  expect(metadataHashes.group([topics[0]![1]])).toBe(5803876611364532863n);
  expect(metadataHashes.group([])).toBe(0n);
});

it('leaves the racks of a topic in their order', () => {
  const racks = ['b', 'a'];
  metadataHashes.topic(topic('foo', 'AAECAwQFBgcICQoLDA0ODw', 1, [racks]));
  expect(racks).toEqual(['b', 'a']);
});
