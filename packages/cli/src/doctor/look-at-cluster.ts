import type { Admin, GroupDescription, KafkaClientError } from '@tidelog/client';
import { groupRows } from '../group/describe-group.ts';
import { resolveRanges } from '../offsets/resolve-ranges.ts';
import { keyOf } from '../topic-partitions.ts';
import { findHanging } from '../txn/find-hanging.ts';
import type { ClusterView, GroupView, TopicView } from './cluster-view.ts';
import type { Finding } from './finding.ts';

/** `transaction.max.timeout.ms` of brokers: no transaction may take longer. */
const LONGEST_TRANSACTION_MS = 900_000;

export interface LookOptions {
  /** How long to watch whether groups fall behind. */
  readonly watchMs: number;
  readonly signal: AbortSignal;
  /** What could not be looked at. */
  readonly onUnknown: (finding: Finding) => void;
}

/** Gathers all that the checks need. What cannot be asked for is told, and left out. */
export async function lookAtCluster(admin: Admin, options: LookOptions): Promise<ClusterView> {
  const tried = <T>(what: string, ask: () => Promise<T>, otherwise: T): Promise<T> =>
    ask().catch((error: KafkaClientError) => {
      if (error.name !== 'KafkaClientError' && error.code === undefined) throw error;
      // An older cluster does not know all questions; that is nothing to worry about.
      if (error.code !== 'UNSUPPORTED_VERSION') options.onUnknown(unknown(what, error));
      return otherwise;
    });
  const cluster = await describeCluster(admin);
  const ids = cluster.brokers.filter(({ isFenced }) => !isFenced).map(({ id }) => id);
  return {
    ...cluster,
    nowMs: Date.now(),
    quorum: await tried('the quorum', () => quorumView(admin), null),
    topics: await tried('topics', () => topicViews(admin), []),
    groups: await tried('groups', () => groupViews(admin, options), []),
    disks: await tried('log directories', () => diskViews(admin, ids), []),
    configs: await tried('configs of brokers', () => brokerConfigs(admin, ids), []),
    features: await tried('features', () => featureViews(admin), []),
    hanging: await tried(
      'producers',
      () => findHanging(admin, { topic: [], olderThan: LONGEST_TRANSACTION_MS }),
      [],
    ),
  };
}

function unknown(what: string, error: KafkaClientError): Finding {
  return {
    severity: 'warning',
    area: 'cluster',
    subject: what,
    finding: `could not be looked at: ${error.message}`,
    advice: 'see whether this principal may describe them, and try again',
  };
}

async function describeCluster(admin: Admin) {
  const { controllerId, brokers } = await admin
    .describeCluster({ includeFencedBrokers: true })
    .catch(() => admin.describeCluster());
  return { controllerId, brokers: brokers.map(({ id, isFenced }) => ({ id, isFenced })) };
}

async function quorumView(admin: Admin): Promise<ClusterView['quorum']> {
  const { leaderId, voters } = await admin.describeMetadataQuorum();
  const end = voters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset ?? 0;
  return {
    leaderId,
    voters: voters.map(({ replicaId, logEndOffset, lastCaughtUpTimestamp }) => ({
      replicaId,
      lag: Math.max(0, end - logEndOffset),
      lastCaughtUpTimestamp,
    })),
  };
}

async function topicViews(admin: Admin): Promise<TopicView[]> {
  const listed = await admin.listTopics();
  if (listed.length === 0) return [];
  const names = listed.map(({ topic }) => topic);
  const described = await admin.describeTopics(names);
  const configs = await admin.describeConfigs(
    names.map((name) => ({ type: 'topic', name })),
    { onFailure: () => {} },
  );
  const configsOf = new Map(
    configs.map(({ name, configs }) => [name, new Map(configs.map((c) => [c.name, c.value]))]),
  );
  return described.map(({ topic, isInternal, partitions }) => ({
    topic,
    isInternal,
    partitions,
    configs: configsOf.get(topic) ?? new Map(),
  }));
}

async function groupViews(admin: Admin, { watchMs, signal }: LookOptions): Promise<GroupView[]> {
  const listed = await admin.listGroups();
  const ids = listed
    .filter(
      ({ type, protocolType }) => /^(classic|consumer|)$/i.test(type) && protocolType !== 'share',
    )
    .map(({ groupId }) => groupId);
  const groups = await admin.describeGroups(ids, { onFailure: () => {} });
  const before = await Promise.all(groups.map((group) => lagsOf(admin, group)));
  const mayGrow = groups.some(({ members }) => members.length > 0);
  if (mayGrow) await pause(watchMs, signal);
  const after = mayGrow ? await Promise.all(groups.map((group) => lagsOf(admin, group))) : before;
  return groups.map((group, index) => ({
    group: group.groupId,
    state: group.state,
    members: group.members.length,
    partitions: after[index]!.map((place) => ({
      ...place,
      lagBefore: before[index]!.find((other) => keyOf(other) === keyOf(place))?.lag ?? place.lag,
    })),
  }));
}

async function lagsOf(admin: Admin, group: GroupDescription) {
  const rows = (await groupRows(admin, group)).flatMap(
    ({ topic, partition, currentOffset, lag }) =>
      topic === null || partition === null || currentOffset === null || lag === null
        ? []
        : [{ topic, partition, currentOffset, lag }],
  );
  const places = rows.map(({ topic, partition }) => ({ topic, partition }));
  const starts = await resolveRanges(admin, places, { from: { kind: 'start' }, until: null });
  return rows.map((row, index) => ({ ...row, logStartOffset: starts[index]!.logStartOffset }));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function diskViews(admin: Admin, ids: readonly number[]): Promise<ClusterView['disks']> {
  const described = await admin.describeLogDirs(ids);
  return described.flatMap(({ brokerId, dirs }) =>
    dirs.map(({ path, error, totalBytes, usableBytes }) => ({
      brokerId,
      path,
      error: error?.code ?? null,
      totalBytes,
      usableBytes,
    })),
  );
}

async function brokerConfigs(
  admin: Admin,
  ids: readonly number[],
): Promise<ClusterView['configs']> {
  const described = await admin.describeConfigs(
    ids.map((id) => ({ type: 'broker', name: String(id) })),
  );
  return described.map(({ name, configs }) => ({
    brokerId: Number(name),
    values: new Map(configs.map(({ name, value }) => [name, value])),
  }));
}

async function featureViews(admin: Admin): Promise<ClusterView['features']> {
  const { finalized, supported } = await admin.describeFeatures();
  return Array.from(finalized, ([feature, { maxVersion }]) => ({
    feature,
    finalized: maxVersion,
    supported: supported.get(feature)?.maxVersion ?? maxVersion,
  }));
}
