import type { ConfigKey } from '../config-def.ts';
import { boolean, int, list, long, string } from '../config-def.ts';
import { atLeast, between, listOf, oneOf } from '../config-rule.ts';
import { gzipLevel, nonNull } from '../special-rules.ts';

/** The broker as a whole: its identity, its threads, its limits. */
export const serverKeys: readonly ConfigKey[] = [
  int('broker.id', -1, {
    importance: 'high',
    doc: 'Number of this broker in the cluster, the older name of node.id; -1 takes that one.',
  }),
  int('message.max.bytes', 1_048_588, {
    rule: atLeast(0),
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Bytes that one record batch may have, as it arrives, in topics without ' +
      'max.message.bytes; a little over 1 MiB by default.',
  }),
  int('num.io.threads', 8, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc: 'Threads that work on requests; 8 by default.',
  }),
  int('num.replica.alter.log.dirs.threads', null, {
    importance: 'high',
    doc: 'Threads that move replicas between log directories; one for each directory by default.',
  }),
  int('background.threads', 10, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc: 'Threads for work that no client waits for; 10 by default.',
  }),
  int('request.timeout.ms', 30_000, {
    importance: 'high',
    doc:
      'Milliseconds for which the broker waits for an answer to its own requests; 30 s by ' +
      'default.',
  }),
  long('socket.connection.setup.timeout.ms', 10_000, {
    importance: 'medium',
    doc:
      'Milliseconds that the first try to connect may take, doubled after each failure; 10 ' +
      's by default.',
  }),
  long('socket.connection.setup.timeout.max.ms', 30_000, {
    importance: 'medium',
    doc: 'Milliseconds that any try to connect may take, however often it failed; 30 s by default.',
  }),
  list('config.providers', [], {
    rule: listOf([], { empty: true }),
    importance: 'low',
    mode: 'cluster-wide',
    doc:
      'Short names of the providers that resolve `${provider:path:key}` in values; none by ' +
      'default.',
  }),
  string('authorizer.class.name', '', {
    rule: nonNull,
    importance: 'low',
    doc: 'Class that decides who may do what; empty lets everyone do everything.',
  }),
  list('early.start.listeners', null, {
    rule: listOf([], { empty: true, null: true }),
    importance: 'high',
    doc: 'Listeners that open before the authorizer is ready; those of the controller by default.',
  }),
  string('broker.rack', null, {
    importance: 'medium',
    doc: 'Rack or zone of this broker, so that replicas are spread over racks; none by default.',
  }),
  boolean('controlled.shutdown.enable', true, {
    importance: 'medium',
    doc: 'Moves leaders to other brokers before this one stops; on by default.',
  }),
  boolean('delete.topic.enable', true, {
    importance: 'high',
    doc: 'Lets clients delete topics; on by default.',
  }),
  string('compression.type', 'producer', {
    rule: oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Codec in which batches of topics without their own are stored; `producer` keeps the ' +
      'one that they came in.',
  }),
  int('compression.gzip.level', -1, {
    rule: gzipLevel,
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Level that is used when the broker itself compresses with gzip; -1 is the default ' +
      'of zlib.',
  }),
  int('compression.lz4.level', 9, {
    rule: between(1, 17),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Level that is used when the broker itself compresses with lz4; 9 by default.',
  }),
  int('compression.zstd.level', 3, {
    rule: between(-131_072, 22),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Level that is used when the broker itself compresses with zstd; 3 by default.',
  }),
  int('max.incremental.fetch.session.cache.slots', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Fetch sessions that the broker remembers; 1000 by default.',
  }),
  int('fetch.max.bytes', 57_671_680, {
    rule: atLeast(1024),
    importance: 'medium',
    doc:
      'Bytes that one fetch may be answered with, whatever the client asked for; 55 MiB by ' +
      'default.',
  }),
  int('max.request.partition.size.limit', 2000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Partitions that one request is answered for; 2000 by default.',
  }),
  boolean('unstable.api.versions.enable', false, {
    importance: 'high',
    internal: true,
    doc: 'Offers versions of requests that are not released yet; off by default.',
  }),
  boolean('unstable.feature.versions.enable', false, {
    importance: 'high',
    internal: true,
    doc: 'Offers levels of features that are not released yet; off by default.',
  }),
];
