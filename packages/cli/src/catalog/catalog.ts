import type { CommandSpec, NounSpec } from '../command/spec.ts';
import { benchCommands } from './bench.ts';
import { brokerCommands } from './broker.ts';
import { clusterCommands } from './cluster.ts';
import { completionCommands } from './completion.ts';
import { doctorCommands } from './doctor.ts';
import { groupCommands } from './group.ts';
import { logCommands } from './log.ts';
import { profileCommands } from './profile.ts';
import { recordCommands } from './records.ts';
import { shareCommands } from './share.ts';
import { topicCommands } from './topic.ts';
import { txnCommands } from './txn.ts';

/** Every command, in the order of the help. */
export const catalog: readonly CommandSpec[] = [
  ...brokerCommands,
  ...recordCommands,
  ...topicCommands,
  ...groupCommands,
  ...shareCommands,
  ...txnCommands,
  ...clusterCommands,
  ...doctorCommands,
  ...benchCommands,
  ...logCommands,
  ...profileCommands,
  ...completionCommands,
];

export const nouns: readonly NounSpec[] = [
  { name: 'topic', about: 'create, describe, change, copy, trim and delete topics' },
  { name: 'group', about: 'describe groups, move and delete their offsets' },
  { name: 'share', about: 'describe share groups (queues), move and delete their offsets' },
  { name: 'txn', about: 'describe transactions, find those that hang and abort them' },
  { name: 'cluster', about: 'describe brokers and controllers, change their configs' },
  { name: 'cluster config', about: 'show and change configs of brokers, and levels of loggers' },
  { name: 'log', about: 'look into the files of a broker, without one' },
  { name: 'profile', about: 'name clusters, and how to connect to them' },
];
