import type { TopicsView, TopicView } from '@tidelog/coordinator';
import type { ClusterMetadata, MetadataDelta, MetadataImage, TopicImage } from '@tidelog/metadata';

/** The topics of the committed image, as groups see them. It follows the image. */
export function topicsView(metadata: ClusterMetadata): TopicsView {
  const { image } = metadata;
  const view = (topic: TopicImage | undefined) => topic && topicView(image, topic);
  return {
    get version() {
      return metadata.appliedOffset - 1;
    },
    byName: (name) => view(image.topics.byName(name)),
    byId: (id) => view(image.topics.byId(id)),
    *names() {
      for (const { name } of image.topics.all()) yield name;
    },
  };
}

/** Racks are looked up when they are asked for: only a few assignments and hashes do. */
function topicView({ cluster }: MetadataImage, topic: TopicImage): TopicView {
  return {
    name: topic.name,
    id: topic.id,
    partitionCount: topic.partitions.length,
    racks: (partition) =>
      (topic.partitions[partition]?.replicas ?? [])
        .map((id) => cluster.broker(id)?.rack ?? null)
        .filter((rack) => rack !== null),
  };
}

/** What groups are told of a change of the metadata; null when it is no business of theirs. */
export function topicsChange({ topics }: MetadataDelta) {
  const changed = [...topics.values()];
  if (changed.length === 0) return null;
  return {
    names: changed.map(({ topic }) => topic.name),
    created: changed.some(({ created }) => created),
  };
}
