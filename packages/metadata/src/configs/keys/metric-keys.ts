import type { ConfigKey } from '../config-def.ts';
import { int, list, long, string } from '../config-def.ts';
import { atLeast, listOf } from '../config-rule.ts';

/** Metrics of the broker and of its clients. */
export const metricKeys: readonly ConfigKey[] = [
  int('metrics.num.samples', 2, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Samples from which a metric is computed; 2 by default.',
  }),
  long('metrics.sample.window.ms', 30_000, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Milliseconds that one sample covers; 30 s by default.',
  }),
  list('metric.reporters', ['org.apache.kafka.common.metrics.JmxReporter'], {
    rule: listOf([], { empty: true }),
    importance: 'low',
    mode: 'cluster-wide',
    doc: 'Classes that are told about metrics; the JMX reporter by default.',
  }),
  string('metrics.recording.level', 'INFO', {
    importance: 'low',
    doc: 'Most detailed level of metrics that is recorded: INFO, DEBUG or TRACE; INFO by default.',
  }),
  list('kafka.metrics.reporters', [], {
    rule: listOf([], { empty: true }),
    importance: 'low',
    doc: 'Classes that report the Yammer metrics; none by default.',
  }),
  int('kafka.metrics.polling.interval.secs', 10, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Seconds between two reports of kafka.metrics.reporters; 10 by default.',
  }),
  int('telemetry.max.bytes', 1_048_576, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Bytes of metrics that a client may push at once (KIP-714); 1 MiB by default.',
  }),
];
