import type { Partitions } from '../partition/partitions.ts';
import type { Exposition } from './exposition.ts';
import type { Traffic, TrafficMeter } from './traffic.ts';

/** The end of the name that JMX exporters give each bean, and what it counts. */
const COUNTERS: readonly (readonly [keyof Traffic, string, string])[] = [
  ['messagesIn', 'messagesin', 'Records appended'],
  ['bytesIn', 'bytesin', 'Bytes of batches appended'],
  ['bytesOut', 'bytesout', 'Bytes of batches given to consumers'],
  ['bytesRejected', 'bytesrejected', 'Bytes of batches that were refused'],
  ['produceRequests', 'totalproducerequests', 'Appends asked for, by partition'],
  ['failedProduceRequests', 'failedproducerequests', 'Appends that were refused'],
  ['fetchRequests', 'totalfetchrequests', 'Reads asked for, by partition'],
  ['failedFetchRequests', 'failedfetchrequests', 'Reads that were refused'],
];

/**
 * Traffic as `kafka.server:type=BrokerTopicMetrics`: of each topic, and without a label of all together.
 */
export function collectTraffic(page: Exposition, meter: TrafficMeter): void {
  const total = meter.total();
  for (const [key, name, help] of COUNTERS) {
    const full = `kafka_server_brokertopicmetrics_${name}_total`;
    page.counter(full, help, total[key]);
    for (const [topic, traffic] of meter.topics) page.counter(full, help, traffic[key], { topic });
  }
}

/** Sizes and offsets of each partition's log, and the same offsets as kafka_exporter names them. */
export function collectLogs(page: Exposition, partitions: Partitions): void {
  for (const { topic, index: partition, log, isLeader, highWatermark } of partitions.all()) {
    const labels = { topic, partition };
    page.gauge('kafka_log_log_size', 'Bytes of a log', log.sizeBytes, labels);
    page.gauge('kafka_log_log_numlogsegments', 'Segments of a log', log.segmentCount, labels);
    const start = log.logStartOffset;
    page.gauge('kafka_log_log_logstartoffset', 'First offset of a log', start, labels);
    page.gauge('kafka_log_log_logendoffset', 'Next offset of a log', log.logEndOffset, labels);
    if (!isLeader) continue;
    const end = 'High watermark of a partition';
    page.gauge('kafka_topic_partition_current_offset', end, highWatermark, labels);
    page.gauge('kafka_topic_partition_oldest_offset', 'First offset of a partition', start, labels);
  }
}
