import type { ConfigKey } from '../config-def.ts';
import { boolean, int, list, long, REQUIRED, string } from '../config-def.ts';
import { atLeast, listOf } from '../config-rule.ts';
import { bootstrapServers, quorumVoters } from '../special-rules.ts';
import { MAX_LONG } from '../config-value.ts';

/** Roles, the metadata quorum and the metadata log. */
export const kraftKeys: readonly ConfigKey[] = [
  list('process.roles', REQUIRED, {
    rule: listOf(['broker', 'controller']),
    importance: 'high',
    doc: 'What this process is: `broker`, `controller` or both; must be given.',
  }),
  int('node.id', REQUIRED, {
    rule: atLeast(0),
    importance: 'high',
    doc:
      'Number of this process in the cluster, the same for its broker and its controller; ' +
      'must be given.',
  }),
  int('initial.broker.registration.timeout.ms', 60_000, {
    importance: 'medium',
    doc:
      'Milliseconds for which a starting broker tries to register before it gives up; a ' +
      'minute by default.',
  }),
  int('broker.heartbeat.interval.ms', 2000, {
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a broker to the controller; 2 s by default.',
  }),
  int('broker.session.timeout.ms', 9000, {
    importance: 'medium',
    doc: 'Milliseconds without a heartbeat after which a broker is fenced; 9 s by default.',
  }),
  list('controller.listener.names', REQUIRED, {
    rule: listOf([]),
    importance: 'high',
    doc: 'Listeners of the controller, of which brokers use the first; must be given.',
  }),
  string('sasl.mechanism.controller.protocol', 'GSSAPI', {
    importance: 'high',
    doc: 'SASL mechanism towards the controllers; GSSAPI by default.',
  }),
  long('controller.performance.sample.period.ms', 60_000, {
    rule: atLeast(100),
    importance: 'medium',
    internal: true,
    doc:
      'Milliseconds between two log lines about the speed of the controller; a minute by ' +
      'default.',
  }),
  long('controller.performance.always.log.threshold.ms', 2000, {
    rule: atLeast(0),
    importance: 'medium',
    internal: true,
    doc: 'Milliseconds after which an event of the controller is logged as slow; 2 s by default.',
  }),
  long('server.max.startup.time.ms', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    internal: true,
    doc: 'Milliseconds that the start may take, for tests; any by default.',
  }),
  long('metadata.log.max.record.bytes.between.snapshots', 20_971_520, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes of metadata records after which a snapshot is written; 20 MiB by default.',
  }),
  long('metadata.log.max.snapshot.interval.ms', 3_600_000, {
    rule: atLeast(0),
    importance: 'high',
    doc:
      'Milliseconds after which a snapshot is written when there are new records; an hour ' +
      'by default, 0 never by time.',
  }),
  string('metadata.log.dir', null, {
    importance: 'high',
    doc: 'Directory of the metadata log; the first of the log directories by default.',
  }),
  int('metadata.log.segment.bytes', 1_073_741_824, {
    rule: atLeast(8_388_608),
    importance: 'high',
    doc: 'Bytes at which a segment of the metadata log is closed; 1 GiB by default.',
  }),
  long('metadata.log.segment.ms', 604_800_000, {
    importance: 'high',
    doc: 'Milliseconds after which a segment of the metadata log is closed; a week by default.',
  }),
  long('metadata.max.retention.bytes', 104_857_600, {
    importance: 'high',
    doc:
      'Bytes of metadata log and snapshots that are kept once a newer snapshot exists; 100 ' +
      'MiB by default.',
  }),
  long('metadata.max.retention.ms', 604_800_000, {
    importance: 'high',
    doc:
      'Milliseconds for which metadata log and snapshots are kept once a newer snapshot ' +
      'exists; a week by default.',
  }),
  int('metadata.max.idle.interval.ms', 500, {
    rule: atLeast(0),
    importance: 'low',
    doc:
      'Milliseconds between the no-op records of an idle controller; 500 by default, 0 ' +
      'writes none.',
  }),
  int('internal.metadata.log.segment.bytes', null, {
    importance: 'low',
    internal: true,
    doc:
      'Bytes of a segment of the metadata log without a lower bound, for tests; not set by ' +
      'default.',
  }),
  int('internal.metadata.max.batch.size.in.bytes', 8_388_608, {
    importance: 'low',
    internal: true,
    doc: 'Bytes that a batch of metadata records may have, for tests; 8 MiB by default.',
  }),
  long('internal.metadata.delete.delay.millis', 60_000, {
    importance: 'low',
    internal: true,
    doc:
      'Milliseconds before files of the metadata log are deleted, for tests; a minute by ' +
      'default.',
  }),
  list('controller.quorum.voters', [], {
    rule: quorumVoters,
    importance: 'high',
    doc:
      'Voters of a static metadata quorum, as `id@host:port`; empty where the quorum is ' +
      'dynamic.',
  }),
  list('controller.quorum.bootstrap.servers', [], {
    rule: bootstrapServers,
    importance: 'high',
    doc: 'Addresses at which the metadata quorum is found, as `host:port`; none by default.',
  }),
  int('controller.quorum.election.timeout.ms', 1000, {
    rule: atLeast(0),
    importance: 'high',
    doc: 'Milliseconds that a candidate waits for votes; 1 s by default.',
  }),
  int('controller.quorum.fetch.timeout.ms', 2000, {
    rule: atLeast(0),
    importance: 'high',
    doc:
      'Milliseconds without a fetch from the leader after which a voter stands for ' +
      'election, and without a majority of fetches after which a leader resigns; 2 s by ' +
      'default.',
  }),
  int('controller.quorum.election.backoff.max.ms', 1000, {
    rule: atLeast(0),
    importance: 'high',
    doc: 'Most milliseconds before another election after a tie; 1 s by default.',
  }),
  int('controller.quorum.append.linger.ms', 25, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Milliseconds for which the leader gathers records before it writes them; 25 by default.',
  }),
  int('controller.quorum.request.timeout.ms', 2000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Milliseconds for which the quorum waits for an answer; 2 s by default.',
  }),
  int('controller.quorum.retry.backoff.ms', 20, {
    rule: atLeast(0),
    importance: 'low',
    doc: 'Milliseconds before a failed request of the quorum is repeated; 20 by default.',
  }),
  boolean('controller.quorum.auto.join.enable', false, {
    importance: 'low',
    doc: 'Makes a controller join the voters of its cluster on its own; off by default.',
  }),
  int('controller.quorum.fetch.snapshot.max.bytes', 1_048_576, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Bytes of a snapshot that one request brings; 1 MiB by default.',
  }),
  int('controller.quorum.fetch.max.bytes', 1_048_576, {
    rule: atLeast(1),
    importance: 'low',
    doc:
      'Bytes of metadata records that one fetch brings; a larger first batch still comes, ' +
      '1 MiB by default.',
  }),
];
