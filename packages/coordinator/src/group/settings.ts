/** What can be set for one group (resource type GROUP), within the bounds that the broker sets. */
export interface GroupSettings {
  readonly consumer: SessionSettings;
  readonly share: ShareSettings;
  readonly streams: StreamsSettings;
}

/** `consumer.*`, and what `share.*` and `streams.*` have in common with it. */
export interface SessionSettings {
  /** `session.timeout.ms`: who is silent for longer is out of the group. */
  readonly sessionTimeoutMs: number;
  /** `heartbeat.interval.ms`: how often members are told to come. */
  readonly heartbeatIntervalMs: number;
  /** `assignment.interval.ms`: the least time between two target assignments. */
  readonly assignmentIntervalMs: number;
}

export interface ShareSettings extends SessionSettings {
  /** `share.record.lock.duration.ms` */
  readonly recordLockDurationMs: number;
  /** `share.delivery.count.limit` */
  readonly deliveryCountLimit: number;
  /** `share.partition.max.record.locks` */
  readonly partitionMaxRecordLocks: number;
  /** `share.auto.offset.reset`: `latest`, `earliest` or `by_duration:<ISO 8601 duration>`. */
  readonly autoOffsetReset: string;
  /** `share.isolation.level`: `read_uncommitted` or `read_committed`. */
  readonly isolationLevel: string;
  /** `share.renew.acknowledge.enable` */
  readonly renewAcknowledgeEnable: boolean;
}

export interface StreamsSettings extends SessionSettings {
  /** `streams.num.standby.replicas` */
  readonly numStandbyReplicas: number;
  /** `streams.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
}

const sessions = {
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 5_000,
  assignmentIntervalMs: 1_000,
};

/** Kafka's defaults. */
export const defaultGroupSettings: GroupSettings = {
  consumer: sessions,
  share: {
    ...sessions,
    recordLockDurationMs: 30_000,
    deliveryCountLimit: 5,
    partitionMaxRecordLocks: 2_000,
    autoOffsetReset: 'latest',
    isolationLevel: 'read_uncommitted',
    renewAcknowledgeEnable: true,
  },
  streams: { ...sessions, numStandbyReplicas: 0, initialRebalanceDelayMs: 3_000 },
};
