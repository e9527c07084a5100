import type { ConfigKey } from '../config-def.ts';
import { boolean, double, int, long, string } from '../config-def.ts';
import { atLeast, between } from '../config-rule.ts';
import { nonEmpty } from '../special-rules.ts';
import { MAX_LONG } from '../config-value.ts';

/** Remote storage of closed segments (KIP-405). */
export const remoteStorageKeys: readonly ConfigKey[] = [
  boolean('remote.log.storage.system.enable', false, {
    importance: 'medium',
    doc: 'Runs remote storage on this broker, so that topics may use it; off by default.',
  }),
  string('remote.log.storage.manager.impl.prefix', 'rsm.config.', {
    rule: nonEmpty,
    importance: 'medium',
    doc:
      'Prefix of the properties that are handed to the storage plugin; `rsm.config.` by ' +
      'default.',
  }),
  string('remote.log.metadata.manager.impl.prefix', 'rlmm.config.', {
    rule: nonEmpty,
    importance: 'medium',
    doc:
      'Prefix of the properties that are handed to the metadata plugin; `rlmm.config.` by ' +
      'default.',
  }),
  string('remote.log.storage.manager.class.name', null, {
    rule: nonEmpty,
    importance: 'medium',
    doc: 'Class of the plugin that holds remote segments; none by default.',
  }),
  string('remote.log.storage.manager.class.path', null, {
    importance: 'medium',
    doc: 'Where the class of the storage plugin is found; the own class path by default.',
  }),
  string(
    'remote.log.metadata.manager.class.name',
    'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
    {
      rule: nonEmpty,
      importance: 'medium',
      doc: 'Class of the plugin that knows the remote segments; the one over a topic by default.',
    },
  ),
  string('remote.log.metadata.manager.class.path', null, {
    importance: 'medium',
    doc: 'Where the class of the metadata plugin is found; the own class path by default.',
  }),
  string('remote.log.metadata.manager.listener.name', null, {
    rule: nonEmpty,
    importance: 'medium',
    doc: 'Listener of this broker that the metadata plugin connects to; none by default.',
  }),
  int('remote.log.metadata.custom.metadata.max.bytes', 128, {
    rule: atLeast(0),
    importance: 'low',
    doc: 'Bytes that the storage plugin may add to the metadata of a segment; 128 by default.',
  }),
  long('remote.log.index.file.cache.total.size.bytes', 1_073_741_824, {
    rule: atLeast(1),
    importance: 'low',
    mode: 'cluster-wide',
    doc: 'Bytes of remote indexes that are kept on local disk; 1 GiB by default.',
  }),
  long('remote.log.index.file.cache.ttl.ms', 900_000, {
    rule: atLeast(-1),
    importance: 'low',
    internal: true,
    doc: 'Milliseconds for which an unused remote index is kept; 15 minutes by default.',
  }),
  int('remote.log.manager.thread.pool.size', 2, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Older name of remote.log.manager.follower.thread.pool.size, deprecated; 2 by default.',
  }),
  int('remote.log.manager.copier.thread.pool.size', 10, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Threads that copy segments to remote storage; 10 by default.',
  }),
  int('remote.log.manager.expiration.thread.pool.size', 10, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Threads that delete expired remote segments; 10 by default.',
  }),
  int('remote.log.manager.follower.thread.pool.size', 2, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Threads that learn for followers what is already remote; 2 by default.',
  }),
  long('remote.log.manager.task.interval.ms', 30_000, {
    rule: atLeast(1),
    importance: 'low',
    doc:
      'Milliseconds between two rounds of copying and deleting remote segments; 30 s by ' +
      'default.',
  }),
  long('remote.log.manager.task.retry.backoff.ms', 500, {
    rule: atLeast(1),
    importance: 'low',
    internal: true,
    doc: 'Milliseconds before a failed remote task is tried again, at first; 500 by default.',
  }),
  long('remote.log.manager.task.retry.backoff.max.ms', 30_000, {
    rule: atLeast(1),
    importance: 'low',
    internal: true,
    doc: 'Most milliseconds before a failed remote task is tried again; 30 s by default.',
  }),
  double('remote.log.manager.task.retry.jitter', 0.2, {
    rule: between(0, 0.5),
    importance: 'low',
    internal: true,
    doc: 'Share by which that wait is randomly changed; 0.2 by default.',
  }),
  int('remote.log.reader.threads', 10, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Threads that read from remote storage; 10 by default.',
  }),
  int('remote.log.reader.max.pending.tasks', 100, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Reads from remote storage that may wait, further ones failing; 100 by default.',
  }),
  long('log.local.retention.ms', -2, {
    rule: atLeast(-2),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Milliseconds for which copied segments stay on local disk, for topics without their ' +
      'own; -2 follows log.retention.ms.',
  }),
  long('log.local.retention.bytes', -2, {
    rule: atLeast(-2),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes of copied segments that stay on local disk, for topics without their own; -2 ' +
      'follows log.retention.bytes.',
  }),
  long('remote.log.manager.copy.max.bytes.per.second', MAX_LONG, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Bytes per second that are copied to remote storage in all; any number by default.',
  }),
  int('remote.log.manager.copy.quota.window.num', 11, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Samples that the quota of copying looks back on; 11 by default.',
  }),
  int('remote.log.manager.copy.quota.window.size.seconds', 1, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Seconds that one sample of the quota of copying covers; 1 by default.',
  }),
  long('remote.log.manager.fetch.max.bytes.per.second', MAX_LONG, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Bytes per second that are read from remote storage in all; any number by default.',
  }),
  int('remote.log.manager.fetch.quota.window.num', 11, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Samples that the quota of remote reads looks back on; 11 by default.',
  }),
  int('remote.log.manager.fetch.quota.window.size.seconds', 1, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Seconds that one sample of the quota of remote reads covers; 1 by default.',
  }),
  int('remote.fetch.max.wait.ms', 500, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Milliseconds for which a fetch waits for remote storage; 500 by default.',
  }),
  long('remote.list.offsets.request.timeout.ms', 30_000, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Milliseconds for which a look for an offset waits for remote storage; 30 s by default.',
  }),
];
