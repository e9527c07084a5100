import { type MetadataImage, NO_LEADER, type PartitionImage } from '@tidelog/metadata';
import type { BrokerServices } from '../services.ts';
import type { Exposition } from './exposition.ts';

/** What this broker replicates, as `kafka.server:type=ReplicaManager`. */
export function collectReplicas(page: Exposition, broker: BrokerServices): void {
  const { partitions, metadata, nodeId, clock, config } = broker;
  const now = clock.now();
  const maxTransactionMs = config.getInt('transaction.max.timeout.ms');
  let hosted = 0;
  let led = 0;
  let underReplicated = 0;
  let underMinIsr = 0;
  let atMinIsr = 0;
  let offline = 0;
  let late = 0;
  let producerIds = 0;
  for (const topic of metadata.image.topics.all()) {
    for (const [index, image] of topic.partitions.entries()) {
      if (!image.replicas.includes(nodeId)) continue;
      hosted++;
      const log = partitions.get(topic.name, index)?.log;
      if (log === undefined && !partitions.isComing(topic.name, index)) offline++;
      producerIds += log?.transactions.producerCount ?? 0;
      if (image.leader !== nodeId) continue;
      if (log?.transactions.hasLate(now, maxTransactionMs) === true) late++;
      led++;
      const { minInSyncReplicas } = partitions.settings(topic.name);
      const minIsr = Math.min(minInSyncReplicas, image.replicas.length);
      if (image.isr.length < image.replicas.length) underReplicated++;
      if (image.isr.length < minIsr) underMinIsr++;
      if (image.isr.length === minIsr) atMinIsr++;
    }
  }
  const gauge = (name: string, help: string, value: number): void =>
    page.gauge(`kafka_server_replicamanager_${name}`, help, value);
  gauge('partitioncount', 'Replicas on this broker', hosted);
  gauge('leadercount', 'Partitions that this broker leads', led);
  gauge('underreplicatedpartitions', 'Led partitions with replicas out of sync', underReplicated);
  gauge('underminisrpartitioncount', 'Led partitions below min.insync.replicas', underMinIsr);
  gauge('atminisrpartitioncount', 'Led partitions right at min.insync.replicas', atMinIsr);
  gauge('offlinereplicacount', 'Replicas whose log cannot be used', offline);
  gauge('partitionswithlatetransactionscount', 'Led partitions with a hanging transaction', late);
  gauge('produceridcount', 'Producers that the partitions remember', producerIds);
}

/** The cluster as `kafka.controller:type=KafkaController` and kafka_exporter show it. */
export function collectController(page: Exposition, broker: BrokerServices): void {
  const { metadata, nodeId } = broker;
  const { image } = metadata;
  const brokers = [...image.cluster.brokers.values()];
  const partitions = Array.from(partitionsOf(image));
  const gauge = (name: string, help: string, value: number): void =>
    page.gauge(`kafka_controller_kafkacontroller_${name}`, help, value);
  const isActive = metadata.leaderId === nodeId;
  const fenced = brokers.filter((node) => node.fenced).length;
  const leaderless = partitions.filter(({ leader }) => leader === NO_LEADER).length;
  const moved = partitions.filter(({ leader, replicas }) => leader !== replicas[0]).length;
  gauge('activecontrollercount', '1 on the node that leads the metadata quorum', Number(isActive));
  gauge('activebrokercount', 'Registered brokers that serve', brokers.length - fenced);
  gauge('fencedbrokercount', 'Registered brokers that do not serve', fenced);
  gauge('globaltopiccount', 'Topics of the cluster', image.topics.size);
  gauge('globalpartitioncount', 'Partitions of the cluster', partitions.length);
  gauge('offlinepartitionscount', 'Partitions without a leader', leaderless);
  gauge('preferredreplicaimbalancecount', 'Partitions not led by their first replica', moved);
  page.gauge('kafka_brokers', 'Brokers that serve', brokers.length - fenced);
  for (const { name: topic, partitions: list } of image.topics.all()) {
    page.gauge('kafka_topic_partitions', 'Partitions of a topic', list.length, { topic });
  }
}

/** The metadata quorum as `kafka.server:type=raft-metrics`. */
export function collectQuorum(page: Exposition, { metadata }: BrokerServices): void {
  const gauge = (name: string, help: string, value: number): void =>
    page.gauge(`kafka_server_raft_metrics_${name}`, help, value);
  gauge('current_leader', 'Node that leads the metadata quorum', metadata.leaderId ?? -1);
  gauge('current_epoch', 'Epoch of the metadata quorum', metadata.leaderEpoch);
  gauge('high_watermark', 'Offset behind the last applied metadata record', metadata.appliedOffset);
}

function* partitionsOf({ topics }: MetadataImage): Generator<PartitionImage> {
  for (const topic of topics.all()) yield* topic.partitions;
}
