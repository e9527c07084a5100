import { output } from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';
import { devOptions, override, startOptions } from './broker-options.ts';

const file = { name: 'server.properties', about: 'configuration file', isOptional: true } as const;

export const brokerCommands: readonly CommandSpec[] = [
  {
    name: 'start',
    about: 'run a durable broker (a server.properties of Apache Kafka works as it is)',
    args: [{ ...file, completes: 'files' }],
    options: startOptions,
    examples: ['start', 'start server.properties -X num.partitions=3'],
    run: async ({ args, settings }) => {
      const { start } = await import('../broker/start.ts');
      await start(args[0], { ...(settings as object), mode: 'start' });
    },
  },
  {
    name: 'dev',
    about: 'run a broker for development: quick answers, data gone at the end',
    options: devOptions,
    examples: ['dev', 'dev --port 0'],
    run: async ({ settings }) => {
      const { start } = await import('../broker/start.ts');
      await start(undefined, { ...(settings as object), mode: 'dev' });
    },
  },
  {
    name: 'format',
    about: 'prepare the log directories of a server.properties without starting',
    args: [{ ...file, completes: 'files' }],
    options: [
      { flags: '--data-dir <directory>', about: 'keep the data here (default .tidelog)' },
      { flags: '--cluster-id <id>', about: 'use this cluster id instead of a random one' },
      override,
      output,
    ],
    examples: ['format server.properties --cluster-id MkU3OEVBNTcwNTJENDM2Qg'],
    run: async (call) => (await import('../broker/format.ts')).format(call),
  },
];
