import { output, yes } from '../command/shared-options.ts';
import type { CommandSpec, OptionSpec } from '../command/spec.ts';

const load = () => import('../profile/profile-commands.ts');

const existing = { name: 'profile', completes: 'profiles' } as const;

const properties: readonly OptionSpec[] = [
  {
    flags: '-b, --bootstrap-servers <list>',
    about: 'host:port of some brokers, separated by commas',
  },
  {
    flags: '-X <name=value>',
    about: "set a client property by Kafka's name (repeatable)",
    isRepeated: true,
  },
];

export const profileCommands: readonly CommandSpec[] = [
  {
    name: 'profile list',
    about: 'list all profiles',
    options: [output],
    examples: ['profile list'],
    run: async (call) => (await load()).listProfiles(call),
  },
  {
    name: 'profile create',
    about: 'note how to connect to a cluster, under a name',
    args: [{ name: 'profile' }],
    options: [...properties, { flags: '--use', about: 'use it from now on' }, output],
    examples: ['profile create staging -b staging-1:9092,staging-2:9092 -X client.id=me --use'],
    run: async (call) => (await load()).createProfile(call),
  },
  {
    name: 'profile use',
    about: 'connect as a profile says from now on; without a name, choose one',
    args: [{ ...existing, isOptional: true }],
    options: [output],
    examples: ['profile use staging'],
    run: async (call) => (await load()).useProfile(call),
  },
  {
    name: 'profile show',
    about: 'show the properties of a profile, without its secrets',
    args: [{ ...existing, isOptional: true }],
    options: [output],
    examples: ['profile show staging'],
    run: async (call) => (await load()).showProfile(call),
  },
  {
    name: 'profile set',
    about: 'change properties of a profile',
    args: [{ ...existing, isOptional: true }],
    options: [
      ...properties,
      {
        flags: '--unset <name>',
        about: 'take a property away (repeatable)',
        isRepeated: true,
      },
      output,
    ],
    examples: ['profile set staging -X request.timeout.ms=5000 --unset client.id'],
    run: async (call) => (await load()).setProfile(call),
  },
  {
    name: 'profile delete',
    about: 'forget a profile',
    args: [existing],
    options: [yes, output],
    examples: ['profile delete staging -y'],
    run: async (call) => (await load()).deleteProfile(call),
  },
];
