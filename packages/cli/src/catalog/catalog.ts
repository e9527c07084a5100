import type { CommandSpec, NounSpec } from '../command/spec.ts';
import { brokerCommands } from './broker.ts';
import { groupCommands } from './group.ts';
import { recordCommands } from './records.ts';
import { topicCommands } from './topic.ts';

/** Every command, in the order of the help. */
export const catalog: readonly CommandSpec[] = [
  ...brokerCommands,
  ...recordCommands,
  ...topicCommands,
  ...groupCommands,
];

export const nouns: readonly NounSpec[] = [
  { name: 'topic', about: 'create, describe, change, copy, trim and delete topics' },
  { name: 'group', about: 'describe groups, move and delete their offsets' },
];
