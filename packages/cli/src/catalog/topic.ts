import { connection, dryRun, output, wholeNumber, yes } from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';
import { parsePartitions } from '../topic-partitions.ts';

export const topicCommands: readonly CommandSpec[] = [
  {
    name: 'topic list',
    about: 'list all topics',
    options: [{ flags: '--internal', about: "show Kafka's own topics too" }, output, ...connection],
    examples: ['topic list', 'topic list -o jsonl'],
    run: async (call) => (await import('../topic/list-topics.ts')).listTopics(call),
  },
  {
    name: 'topic create',
    about: 'create topics',
    args: [{ name: 'topic', isRepeated: true }],
    options: [
      {
        flags: '-p, --partitions <count>',
        about: "how many (default: the broker's num.partitions)",
        parse: wholeNumber,
      },
      {
        flags: '-r, --replicas <count>',
        about: "of each partition (default: the broker's)",
        parse: wholeNumber,
      },
      {
        flags: '-c, --config <name=value>',
        about: "set a config by Kafka's name (repeatable)",
        isRepeated: true,
      },
      { flags: '--if-not-exists', about: 'do nothing where there is one already' },
      dryRun,
      output,
      ...connection,
    ],
    examples: ['topic create orders -p 6', 'topic create latest -c cleanup.policy=compact'],
    run: async (call) => (await import('../topic/create-topics.ts')).createTopics(call),
  },
  {
    name: 'topic describe',
    about: 'show partitions, leaders, replicas, offsets and configs',
    args: [{ name: 'topic', isRepeated: true, completes: 'topics' }],
    options: [output, ...connection],
    examples: ['topic describe orders', 'topic describe orders -o yaml'],
    run: async (call) => (await import('../topic/describe-topics.ts')).describeTopics(call),
  },
  {
    name: 'topic alter',
    about: 'change configs, or raise the number of partitions',
    args: [{ name: 'topic', completes: 'topics' }],
    options: [
      {
        flags: '-c, --config <name=value>',
        about: 'set a config; name+=value and name-=value change a list (repeatable)',
        isRepeated: true,
      },
      {
        flags: '--unset <name>',
        about: 'bring the default of a config back (repeatable)',
        isRepeated: true,
      },
      {
        flags: '-p, --partitions <count>',
        about: 'how many there shall be; records with a key may go elsewhere then',
        parse: wholeNumber,
      },
      dryRun,
      output,
      ...connection,
    ],
    examples: ['topic alter orders -c retention.ms=86400000', 'topic alter orders -p 12 --dry-run'],
    run: async (call) => (await import('../topic/alter-topic.ts')).alterTopic(call),
  },
  {
    name: 'topic clone',
    about: 'create a topic with the partitions and configs of another one, and maybe its records',
    args: [{ name: 'source', completes: 'topics' }, { name: 'target' }],
    options: [
      { flags: '--records', about: 'copy the records that are there now, partition by partition' },
      dryRun,
      output,
      ...connection,
    ],
    examples: ['topic clone orders orders-copy --records'],
    run: async (call) => (await import('../topic/clone-topic.ts')).cloneTopic(call),
  },
  {
    name: 'topic trim',
    about: 'delete the records before an offset or a time',
    args: [{ name: 'topic', completes: 'topics' }],
    options: [
      {
        flags: '--before <where>',
        about: 'the first record to keep: end, 17, +10, -10, @-7d, @2024-01-01, @MS',
      },
      {
        flags: '-p, --partition <list>',
        about: 'only these partitions, such as 0,2,5-7',
        parse: parsePartitions,
      },
      dryRun,
      yes,
      output,
      ...connection,
    ],
    examples: ['topic trim orders --before @-7d --dry-run', 'topic trim orders --before end -y'],
    run: async (call) => (await import('../topic/trim-topic.ts')).trimTopic(call),
  },
  {
    name: 'topic delete',
    about: 'delete topics and all their records',
    args: [{ name: 'topic', isRepeated: true, completes: 'topics' }],
    options: [dryRun, yes, output, ...connection],
    examples: ['topic delete orders', 'topic delete orders -y'],
    run: async (call) => (await import('../topic/delete-topics.ts')).deleteTopics(call),
  },
];
