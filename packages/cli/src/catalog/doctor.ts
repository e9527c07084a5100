import { connection, duration, output } from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';

export const doctorCommands: readonly CommandSpec[] = [
  {
    name: 'doctor',
    about: 'say what is wrong with a cluster, or a server.properties, and what to do',
    args: [
      {
        name: 'server.properties',
        about: 'look at this file instead of a cluster',
        isOptional: true,
        completes: 'files',
      },
    ],
    options: [
      {
        flags: '--watch <duration>',
        about: 'how long to watch whether groups fall behind',
        parse: duration,
        fallback: 2000,
      },
      { flags: '--info', about: 'show also what is only worth knowing' },
      output,
      ...connection,
    ],
    examples: ['doctor', 'doctor -b broker-1:9092 --watch 10s', 'doctor server.properties'],
    run: async (call) => (await import('../doctor/doctor.ts')).doctor(call),
  },
];
