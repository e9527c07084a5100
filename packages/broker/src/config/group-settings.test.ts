import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import { expect, it } from 'vitest';
import { defaultProperties } from './default-properties.ts';
import { GroupSettingsCache } from './group-settings.ts';

function configWith(properties: Record<string, string>): BrokerConfig {
  const defaults = defaultProperties({ port: 9092, dataDirectory: '/data' });
  const loaded = BrokerConfig.load(
    staticLayers(new Map([...defaults, ...Object.entries(properties)])),
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join(' '));
  return loaded.config;
}

it("gives a group its own settings within the broker's bounds, and the broker's otherwise", () => {
  const own = new Map([
    ['consumer.session.timeout.ms', '50000'],
    ['consumer.heartbeat.interval.ms', '1'],
    ['share.renew.acknowledge.enable', 'false'],
    ['streams.num.standby.replicas', '9'],
  ]);
  const settings = new GroupSettingsCache(
    configWith({ 'group.share.session.timeout.ms': '46000' }),
    (groupId) => (groupId === 'set' ? own : new Map()),
  );
  settings.refresh('set');
  settings.refresh('unset');
  expect(settings.of('set')).toMatchObject({
    consumer: { sessionTimeoutMs: 50_000, heartbeatIntervalMs: 5_000, assignmentIntervalMs: 1_000 },
    share: { sessionTimeoutMs: 46_000, renewAcknowledgeEnable: false, deliveryCountLimit: 5 },
    streams: { numStandbyReplicas: 2, initialRebalanceDelayMs: 3_000 },
  });
  expect(settings.of('unset').consumer.sessionTimeoutMs).toBe(45_000);
  settings.reconfigure(
    configWith({
      'group.consumer.min.heartbeat.interval.ms': '7000',
      'group.consumer.heartbeat.interval.ms': '8000',
    }),
  );
  expect(settings.of('set').consumer.heartbeatIntervalMs).toBe(7_000);
  expect(settings.of('unset').consumer.heartbeatIntervalMs).toBe(8_000);
  own.clear();
  settings.refresh('set');
  expect(settings.of('set').consumer.sessionTimeoutMs).toBe(45_000);
});
