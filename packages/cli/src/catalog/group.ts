import { connection, output } from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';

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
    options: [output, ...connection],
    examples: ['group describe readers'],
    run: async (call) => (await import('../group/describe-group.ts')).describeGroup(call),
  },
];
