import type { BrokerConfig } from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import type { BrokerServices } from '../services.ts';
import { collectController, collectQuorum, collectReplicas } from './collect-cluster.ts';
import { collectGroups } from './collect-groups.ts';
import { collectProcess } from './collect-process.ts';
import { collectLogs, collectTraffic } from './collect-topics.ts';
import { Exposition } from './exposition.ts';
import { RequestMetrics } from './request-metrics.ts';
import { TrafficMeter } from './traffic.ts';

/**
 * What is counted while the broker works. Everything else that a page shows is looked up when the page
 * is asked for, so that it costs nothing meanwhile.
 */
export class BrokerMetrics {
  readonly traffic = new TrafficMeter();
  readonly requests: RequestMetrics;

  constructor(config: BrokerConfig, clock: Clock) {
    this.requests = new RequestMetrics(clock, {
      count: config.getInt('metrics.num.samples'),
      lengthMs: config.getLong('metrics.sample.window.ms'),
    });
  }

  /** All metrics, as Prometheus text. Names are those of Apache Kafka's JMX beans and of kafka_exporter. */
  async page(broker: BrokerServices, connections: ReadonlyMap<string, number>): Promise<string> {
    const page = new Exposition();
    collectTraffic(page, this.traffic);
    this.requests.collect(page);
    for (const [listener, count] of connections) {
      const name = 'kafka_server_socket_server_metrics_connection_count';
      page.gauge(name, 'Open connections', count, { listener });
    }
    collectReplicas(page, broker);
    collectController(page, broker);
    collectQuorum(page, broker);
    collectLogs(page, broker.partitions);
    await collectGroups(page, broker);
    broker.telemetry.collect(page);
    collectProcess(page);
    return String(page);
  }
}
