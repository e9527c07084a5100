import type { CommandSpec, NounSpec } from '../command/spec.ts';
import { brokerCommands } from './broker.ts';
import { completionCommands } from './completion.ts';
import { groupCommands } from './group.ts';
import { logCommands } from './log.ts';
import { profileCommands } from './profile.ts';
import { recordCommands } from './records.ts';
import { topicCommands } from './topic.ts';

/** Every command, in the order of the help. */
export const catalog: readonly CommandSpec[] = [
  ...brokerCommands,
  ...recordCommands,
  ...topicCommands,
  ...groupCommands,
  ...logCommands,
  ...profileCommands,
  ...completionCommands,
];

export const nouns: readonly NounSpec[] = [
  { name: 'topic', about: 'create, describe, change, copy, trim and delete topics' },
  { name: 'group', about: 'describe groups, move and delete their offsets' },
  { name: 'log', about: 'look into the files of a broker, without one' },
  { name: 'profile', about: 'name clusters, and how to connect to them' },
];
