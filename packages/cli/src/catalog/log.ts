import { output } from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';

export const logCommands: readonly CommandSpec[] = [
  {
    name: 'log dump',
    about: 'show what segments, indexes, snapshots and checkpoints hold; reads only',
    args: [
      {
        name: 'path',
        about: "files, or directories such as a partition's",
        isRepeated: true,
        completes: 'files',
      },
    ],
    options: [
      { flags: '-r, --records', about: 'show each record of each batch' },
      {
        flags: '--decode <how>',
        about: "what records are; auto knows it by the topic's name",
        choices: ['auto', 'bytes', 'groups', 'transactions', 'share-state', 'metadata'],
        fallback: 'auto',
      },
      { flags: '--problems', about: 'show only what is damaged' },
      output,
    ],
    examples: [
      'log dump .tidelog/orders-0',
      'log dump .tidelog/__consumer_offsets-3/00000000000000000000.log -r -o jsonl',
    ],
    run: async (call) => (await import('../log/dump-log.ts')).dumpLog(call),
  },
];
