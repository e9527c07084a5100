import type { ResponseOf } from '@tidelog/protocol';
import type { TopicsView } from '../group/topics-view.ts';
import type { StreamsGroup } from './streams-group.ts';
import { listTasks, type TaskEpochs, type Tasks } from './tasks.ts';

type EndpointPartitions = NonNullable<
  ResponseOf<'StreamsGroupHeartbeat'>['partitionsByUserEndpoint']
>[number];

/** Where the state of each partition can be queried: at the endpoints of those who run its task. */
export function endpointsOf(
  { members, configured }: StreamsGroup,
  topics: TopicsView,
): EndpointPartitions[] {
  const sources = new Map(
    (configured?.subtopologies ?? []).map((part) => [
      part.id,
      [...part.sourceTopics, ...part.repartitionSourceTopics.map(({ name }) => name)],
    ]),
  );
  const partitionsOf = (tasks: Tasks | TaskEpochs) =>
    listTasks(tasks).flatMap(({ subtopologyId, partitions }) =>
      (sources.get(subtopologyId) ?? []).flatMap((topic) => {
        // The topic may have fewer partitions than there are tasks.
        const count = topics.byName(topic)?.partitionCount ?? 0;
        const those = partitions.filter((partition) => partition < count);
        return those.length === 0 ? [] : [{ topic, partitions: those }];
      }),
    );
  return [...members.values()].flatMap(({ profile: { userEndpoint }, ownership }) => {
    if (userEndpoint === null) return [];
    return [
      {
        userEndpoint,
        activePartitions: partitionsOf(ownership.assigned.active),
        standbyPartitions: partitionsOf(ownership.assigned.standby),
      },
    ];
  });
}
