import { connection, dryRun, output, signedNumber, yes } from '../command/shared-options.ts';
import type { CommandSpec, OptionSpec } from '../command/spec.ts';
import { parseTopicChoice } from '../offsets/chosen-partitions.ts';

export const topicChoice: OptionSpec = {
  flags: '-t, --topic <topic>',
  about: 'only this topic, or partitions of it such as orders:0,2-3 (repeatable)',
  parse: parseTopicChoice,
  isRepeated: true,
  completes: 'topics',
};

const seekOptions: readonly OptionSpec[] = [
  {
    flags: '--to <where>',
    about: 'start, end, 17, +10, -10, @-1h, @2024-01-01, @MS',
  },
  {
    flags: '--shift <count>',
    about: 'so many offsets on, or back where it is negative',
    parse: signedNumber,
  },
  topicChoice,
];

export const groupCommands: readonly CommandSpec[] = [
  {
    name: 'group list',
    about: 'list all groups',
    options: [output, ...connection],
    examples: ['group list'],
    run: async (call) => (await import('../group/list-groups.ts')).listGroups(call),
  },
  {
    name: 'group describe',
    about: 'show offsets, lag and members of a group',
    args: [{ name: 'group', completes: 'groups' }],
    options: [
      { flags: '--members', about: 'show members instead of partitions' },
      output,
      ...connection,
    ],
    examples: ['group describe readers', 'group describe readers --members -o wide'],
    run: async (call) => (await import('../group/describe-group.ts')).describeGroup(call),
  },
  {
    name: 'group seek',
    about: 'move a group that has no members to other offsets',
    args: [{ name: 'group', completes: 'groups' }],
    options: [...seekOptions, dryRun, yes, output, ...connection],
    examples: [
      'group seek readers --to start --dry-run',
      'group seek readers --to @-1h --topic orders:0,2-3 -y',
      'group seek readers --shift -10 -y',
    ],
    run: async (call) => (await import('../group/seek-group.ts')).seekGroup(call),
  },
  {
    name: 'group delete-offsets',
    about: 'let a group forget where it was in topics that it no longer reads',
    args: [{ name: 'group', completes: 'groups' }],
    options: [topicChoice, dryRun, yes, output, ...connection],
    examples: ['group delete-offsets readers --topic orders -y'],
    run: async (call) => (await import('../group/delete-groups.ts')).deleteGroupOffsets(call),
  },
  {
    name: 'group delete',
    about: 'delete groups that have no members, and all their offsets',
    args: [{ name: 'group', isRepeated: true, completes: 'groups' }],
    options: [dryRun, yes, output, ...connection],
    examples: ['group delete readers -y'],
    run: async (call) => (await import('../group/delete-groups.ts')).deleteGroups(call),
  },
];
