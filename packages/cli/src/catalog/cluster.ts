import { connection, dryRun, output, wholeNumber } from '../command/shared-options.ts';
import type { CommandSpec, OptionSpec } from '../command/spec.ts';

const load = () => import('../cluster/describe-cluster.ts');
const loadConfig = () => import('../cluster/cluster-config.ts');

const whose: readonly OptionSpec[] = [
  {
    flags: '--broker <id>',
    about: 'of this broker; without it, what all brokers have together',
    parse: wholeNumber,
  },
  {
    flags: '--logger <id>',
    about: "the levels of this broker's loggers",
    parse: wholeNumber,
    conflicts: ['broker'],
  },
];

export const clusterCommands: readonly CommandSpec[] = [
  {
    name: 'cluster describe',
    about: 'show the id of the cluster, its controller and its brokers',
    options: [output, ...connection],
    examples: ['cluster describe'],
    run: async (call) => (await load()).describeCluster(call),
  },
  {
    name: 'cluster config get',
    about: 'show configs of brokers, or levels of their loggers',
    args: [{ name: 'name', isOptional: true, isRepeated: true }],
    options: [...whose, { flags: '-a, --all', about: 'defaults too' }, output, ...connection],
    examples: [
      'cluster config get --broker 1 num.partitions log.retention.ms',
      'cluster config get --logger 1 kafka',
    ],
    run: async (call) => (await loadConfig()).getClusterConfig(call),
  },
  {
    name: 'cluster config set',
    about: 'change configs while brokers run',
    args: [{ name: 'name=value', isOptional: true, isRepeated: true }],
    options: [
      ...whose,
      {
        flags: '--unset <name>',
        about: 'bring the default back (repeatable)',
        isRepeated: true,
      },
      dryRun,
      output,
      ...connection,
    ],
    examples: [
      'cluster config set log.retention.ms=86400000',
      'cluster config set --broker 1 --unset log.retention.ms',
      'cluster config set --logger 1 kafka=DEBUG',
    ],
    run: async (call) => (await loadConfig()).setClusterConfig(call),
  },
  {
    name: 'cluster features',
    about: 'show the features of the cluster: what could be used, and what is',
    options: [output, ...connection],
    examples: ['cluster features'],
    run: async (call) => (await load()).describeFeatures(call),
  },
  {
    name: 'cluster quorum',
    about: 'show the controllers, and how far each has the metadata',
    options: [output, ...connection],
    examples: ['cluster quorum', 'cluster quorum -o wide'],
    run: async (call) => (await load()).describeQuorum(call),
  },
  {
    name: 'cluster log-dirs',
    about: 'show the directories of brokers, what they hold and what is free',
    options: [
      {
        flags: '--broker <id>',
        about: 'only of this broker (repeatable)',
        parse: wholeNumber,
        isRepeated: true,
      },
      output,
      ...connection,
    ],
    examples: ['cluster log-dirs'],
    run: async (call) => (await load()).describeLogDirs(call),
  },
];
