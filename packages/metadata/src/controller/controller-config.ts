/** The settings of the controller, by the names of Kafka's configuration. */
export interface ControllerConfig {
  readonly nodeId: number;
  readonly clusterId: string;
  /** num.partitions */
  readonly defaultPartitions: number;
  /** default.replication.factor */
  readonly defaultReplicationFactor: number;
  /** broker.session.timeout.ms: a broker that is silent for so long is fenced. */
  readonly brokerSessionTimeoutMs: number;
  /** leader.imbalance.check.interval.seconds; Infinity where auto.leader.rebalance.enable is off. */
  readonly leaderRebalanceIntervalMs: number;
  /** metadata.max.idle.interval.ms; Infinity for 0, which means that no NoOp is written. */
  readonly maxIdleIntervalMs: number;
  /** What this node's own properties say, by broker config name, without defaults. */
  readonly staticConfigs: ReadonlyMap<string, string>;
}
