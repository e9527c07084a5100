import {
  connection,
  dryRun,
  output,
  printing,
  wholeNumber,
  yes,
} from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';
import { topicChoice } from './group.ts';

const load = () => import('../share/share-groups.ts');

const group = { name: 'group', completes: 'groups' } as const;

export const shareCommands: readonly CommandSpec[] = [
  {
    name: 'share list',
    about: 'list all share groups',
    options: [output, ...connection],
    examples: ['share list'],
    run: async (call) => (await load()).listShareGroups(call),
  },
  {
    name: 'share describe',
    about: 'show where a share group begins in each partition, and its lag',
    args: [group],
    options: [
      { flags: '--members', about: 'show members instead of partitions' },
      output,
      ...connection,
    ],
    examples: ['share describe workers'],
    run: async (call) => (await load()).describeShareGroup(call),
  },
  {
    name: 'share consume',
    about: 'print messages as a member of a share group, and acknowledge each',
    args: [{ name: 'topic', isRepeated: true, completes: 'topics' }],
    options: [
      {
        flags: '-g, --group <name>',
        about: 'the share group',
        completes: 'groups',
        isRequired: true,
      },
      { flags: '-n, --num <count>', about: 'stop after so many messages', parse: wholeNumber },
      {
        flags: '-a, --acknowledge <how>',
        about: 'what becomes of a message that was printed',
        choices: ['accept', 'release', 'reject'],
        fallback: 'accept',
      },
      ...printing,
      ...connection,
    ],
    examples: ['share consume jobs -g workers', 'share consume jobs -g workers -n 1 -a release'],
    run: async (call) => (await import('../share/consume-share.ts')).consumeShare(call),
  },
  {
    name: 'share seek',
    about: 'let a share group that has no members begin elsewhere',
    args: [group],
    options: [
      { flags: '--to <where>', about: 'start, end, 17, +10, -10, @-1h, @2024-01-01, @MS' },
      topicChoice,
      dryRun,
      yes,
      output,
      ...connection,
    ],
    examples: ['share seek workers --to start --topic jobs -y'],
    run: async (call) => (await load()).seekShareGroup(call),
  },
  {
    name: 'share delete-offsets',
    about: 'let a share group forget topics',
    args: [group],
    options: [topicChoice, dryRun, yes, output, ...connection],
    examples: ['share delete-offsets workers --topic jobs -y'],
    run: async (call) => (await load()).deleteShareOffsets(call),
  },
  {
    name: 'share delete',
    about: 'delete share groups that have no members',
    args: [{ ...group, isRepeated: true }],
    options: [dryRun, yes, output, ...connection],
    examples: ['share delete workers -y'],
    run: async (call) => (await import('../group/delete-groups.ts')).deleteGroups(call),
  },
];
