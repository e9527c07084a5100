import type { ConfigKey } from '../config-def.ts';
import { boolean, double, int, long } from '../config-def.ts';
import { atLeast, between } from '../config-rule.ts';
import { MAX_LONG } from '../config-value.ts';

/** Compaction of logs. */
export const cleanerKeys: readonly ConfigKey[] = [
  int('log.cleaner.threads', 1, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Threads that compact logs; 1 by default.',
  }),
  double('log.cleaner.io.max.bytes.per.second', Number.MAX_VALUE, {
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Bytes that compaction may read and write in a second; any number by default.',
  }),
  long('log.cleaner.dedupe.buffer.size', 134_217_728, {
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Bytes of memory in which all compaction threads keep their keys; 128 MiB by default.',
  }),
  int('log.cleaner.io.buffer.size', 524_288, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Bytes of memory for the input and output of all compaction threads; 512 KiB by default.',
  }),
  double('log.cleaner.io.buffer.load.factor', 0.9, {
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Share of the key memory that may be filled, more being faster and colliding more; ' +
      '0.9 by default.',
  }),
  long('log.cleaner.backoff.ms', 15_000, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Milliseconds for which compaction rests when there is nothing to do; 15 s by default.',
  }),
  double('log.cleaner.min.cleanable.ratio', 0.5, {
    rule: between(0, 1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Share of a log that must be uncompacted before it is compacted, for topics without ' +
      'their own; 0.5 by default.',
  }),
  boolean('log.cleaner.enable', true, {
    importance: 'medium',
    doc: 'Runs compaction at all; on by default, and turning it off is deprecated.',
  }),
  long('log.cleaner.delete.retention.ms', 86_400_000, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Milliseconds for which tombstones outlive compaction, for topics without their own; ' +
      'a day by default.',
  }),
  long('log.cleaner.min.compaction.lag.ms', 0, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Milliseconds for which records are left alone by compaction, for topics without ' +
      'their own; 0 by default.',
  }),
  long('log.cleaner.max.compaction.lag.ms', MAX_LONG, {
    rule: atLeast(1),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Milliseconds after which records must become eligible for compaction, for topics ' +
      'without their own; no deadline by default.',
  }),
];
