import type { ConfigKey } from '../config-def.ts';
import { string } from '../config-def.ts';
import { oneOf } from '../config-rule.ts';

/** When a write with acks=all is answered; the broker's stands for topics without their own. */
export const DURABILITY_CONFIG = 'tidelog.durability';

/** Where metrics and health are served over HTTP. */
export const HTTP_LISTENER_CONFIG = 'tidelog.http.listener';

const durability = {
  rule: oneOf('fsync', 'relaxed'),
  importance: 'high',
  mode: 'cluster-wide',
  origin: 'tidelog',
} as const;

/** What Tidelog adds to the configs of a broker. Apache Kafka passes over unknown names. */
export const tidelogBrokerKeys: readonly ConfigKey[] = [
  string(DURABILITY_CONFIG, 'fsync', {
    ...durability,
    doc:
      'When acks=all is answered: `fsync` after the group commit has reached the disk, so that ' +
      'power loss costs nothing; `relaxed` once the page cache has it; `fsync` by default.',
  }),
  string(HTTP_LISTENER_CONFIG, '', {
    importance: 'medium',
    origin: 'tidelog',
    doc:
      'Where /metrics (Prometheus), /healthz and /readyz are served over HTTP, as host:port or ' +
      'port; nowhere by default.',
  }),
];

/** What Tidelog adds to the configs of a topic. */
export const tidelogTopicKeys: readonly ConfigKey[] = [
  string(DURABILITY_CONFIG, 'fsync', {
    ...durability,
    mode: 'read-only',
    doc:
      'When acks=all is answered for this topic: `fsync` after the group commit has reached the ' +
      'disk, `relaxed` once the page cache has it; the setting of the broker by default.',
  }),
];
