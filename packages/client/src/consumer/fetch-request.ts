import { type RequestInput, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { isolationLevels } from '../cluster/list-offsets.ts';
import { byTopic } from '../topic-partition.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { FetchTarget, SessionRequest } from './machines/fetch-session.ts';
import type { PartitionState } from './partition-state.ts';

/** From this version on topics go by their ids. */
const TOPIC_ID_VERSION = 13;

/** Where to fetch next for a partition. */
export function targetOf(cluster: Cluster, state: PartitionState): FetchTarget {
  const { metadata } = cluster;
  const { topic, partition } = state;
  const topicId = metadata.topic(topic)?.id ?? ZERO_UUID;
  state.readFrom(topicId);
  return {
    topic,
    topicId,
    partition,
    fetchOffset: state.fetchOffset,
    lastFetchedEpoch: state.fetchEpoch,
    currentLeaderEpoch: metadata.partition(topic, partition)?.leaderEpoch ?? -1,
  };
}

/** Sends one request of a session to a broker, for at most `maxBytes` (and a batch at least). */
export function sendFetch(
  cluster: Cluster,
  settings: ConsumerSettings,
  to: { readonly node: number; readonly lane: Lane },
  request: SessionRequest & { readonly maxBytes: number; readonly byIds: boolean },
): Promise<ResponseOutput<'Fetch'>> {
  const { fetchMaxWaitMs, fetchMinBytes, isolationLevel, rackId } = settings;
  const body: RequestInput<'Fetch'> = {
    maxWaitMs: fetchMaxWaitMs,
    minBytes: fetchMinBytes,
    maxBytes: request.maxBytes,
    isolationLevel: isolationLevels[isolationLevel],
    sessionId: request.sessionId,
    sessionEpoch: request.sessionEpoch,
    topics: Array.from(byTopic(request.targets), ([topic, targets]) => ({
      topic,
      topicId: targets[0]!.topicId,
      partitions: targets.map(({ topic: _topic, topicId: _topicId, ...target }) => ({
        ...target,
        partitionMaxBytes: settings.maxPartitionFetchBytes,
      })),
    })),
    forgottenTopicsData: forgottenTopics(request.forgotten),
    rackId: rackId ?? '',
  };
  return cluster.send(to, 'Fetch', body, {
    ...(request.byIds ? {} : { maxVersion: TOPIC_ID_VERSION - 1 }),
    timeoutMs: fetchMaxWaitMs + cluster.settings.requestTimeoutMs,
  });
}

function forgottenTopics(
  forgotten: readonly FetchTarget[],
): { topic: string; topicId: string; partitions: number[] }[] {
  const topics = new Map<string, { topic: string; topicId: string; partitions: number[] }>();
  for (const { topic, topicId, partition } of forgotten) {
    const known = topics.get(`${topicId}/${topic}`);
    if (known !== undefined) known.partitions.push(partition);
    else topics.set(`${topicId}/${topic}`, { topic, topicId, partitions: [partition] });
  }
  return [...topics.values()];
}
