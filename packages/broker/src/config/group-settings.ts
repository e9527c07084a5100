import type { GroupSettings } from '@tidelog/coordinator';
import { type BrokerConfig, type ConfigValue, effectiveGroupConfigs } from '@tidelog/metadata';

/** What is in force for a group that has these configs of its own. */
export function groupSettings(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): GroupSettings {
  const values = effectiveGroupConfigs(own, config.groupDefaults(), (name) => config.getInt(name));
  return {
    consumer: sessions(values, 'consumer'),
    share: {
      ...sessions(values, 'share'),
      recordLockDurationMs: number(values, 'share.record.lock.duration.ms'),
      deliveryCountLimit: number(values, 'share.delivery.count.limit'),
      partitionMaxRecordLocks: number(values, 'share.partition.max.record.locks'),
      autoOffsetReset: String(values.get('share.auto.offset.reset')),
      isolationLevel: String(values.get('share.isolation.level')),
      renewAcknowledgeEnable: values.get('share.renew.acknowledge.enable') === true,
    },
    streams: {
      ...sessions(values, 'streams'),
      numStandbyReplicas: number(values, 'streams.num.standby.replicas'),
      initialRebalanceDelayMs: number(values, 'streams.initial.rebalance.delay.ms'),
    },
  };
}

function sessions(values: ReadonlyMap<string, ConfigValue>, kind: string) {
  return {
    sessionTimeoutMs: number(values, `${kind}.session.timeout.ms`),
    heartbeatIntervalMs: number(values, `${kind}.heartbeat.interval.ms`),
    assignmentIntervalMs: number(values, `${kind}.assignment.interval.ms`),
  };
}

function number(values: ReadonlyMap<string, ConfigValue>, name: string): number {
  return Number(values.get(name));
}

/** The settings of groups: looked up at every heartbeat, so they are made once. */
export class GroupSettingsCache {
  readonly #ofOwn: (groupId: string) => ReadonlyMap<string, string>;
  readonly #groups = new Map<string, GroupSettings>();
  #config: BrokerConfig;
  #defaults: GroupSettings;

  constructor(config: BrokerConfig, ofOwn: (groupId: string) => ReadonlyMap<string, string>) {
    this.#config = config;
    this.#ofOwn = ofOwn;
    this.#defaults = groupSettings(config, new Map());
  }

  readonly of = (groupId: string): GroupSettings => this.#groups.get(groupId) ?? this.#defaults;

  /** A group's own configs have changed. */
  refresh(groupId: string): void {
    const own = this.#ofOwn(groupId);
    if (own.size === 0) this.#groups.delete(groupId);
    else this.#groups.set(groupId, groupSettings(this.#config, own));
  }

  /** The broker's configs have changed, and with them defaults and bounds. */
  reconfigure(config: BrokerConfig): void {
    this.#config = config;
    this.#defaults = groupSettings(config, new Map());
    for (const groupId of this.#groups.keys()) this.refresh(groupId);
  }
}
