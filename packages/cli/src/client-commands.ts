import { type Command, InvalidArgumentError, Option } from 'commander';

const collect = (value: string, list: readonly string[]): string[] => [...list, value];

function count(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('It is a whole number.');
  return Number(value);
}

const bootstrapServers = (): Option =>
  new Option('-b, --bootstrap-servers <list>', 'host:port of some brokers, separated by commas')
    .default('127.0.0.1:9092')
    .env('TIDELOG_BOOTSTRAP_SERVERS');

const output = (): Option =>
  new Option('-o, --output <format>', 'how to print it')
    .choices(['table', 'json'])
    .default('table');

/** The commands that work with any Kafka. Each is loaded when it is called. */
export function clientCommands(program: Command): void {
  topicCommands(program);
  produceCommand(program);
  consumeCommand(program);
  groupCommands(program);
}

function topicCommands(program: Command): void {
  const topic = program.command('topic').description('create, list, describe and delete topics');
  topic
    .command('create')
    .description('create a topic')
    .argument('<topic>')
    .option('-p, --partitions <count>', "how many (default: the broker's num.partitions)", count)
    .option('-r, --replicas <count>', "of each partition (default: the broker's)", count)
    .option('-c, --config <name=value>', "set a config by Kafka's name (repeatable)", collect, [])
    .addOption(bootstrapServers())
    .action(async (name: string, options) => {
      const { createTopic } = await import('./commands/topic.ts');
      await createTopic(name, options);
    });
  topic
    .command('list')
    .description('list all topics')
    .addOption(output())
    .addOption(bootstrapServers())
    .action(async (options) => {
      const { listTopics } = await import('./commands/topic.ts');
      await listTopics(options);
    });
  topic
    .command('describe')
    .description('show partitions, leaders, replicas, offsets and configs')
    .argument('<topics...>')
    .addOption(output())
    .addOption(bootstrapServers())
    .action(async (names: string[], options) => {
      const { describeTopics } = await import('./commands/topic.ts');
      await describeTopics(names, options);
    });
  topic
    .command('delete')
    .description('delete topics and all their records')
    .argument('<topics...>')
    .addOption(bootstrapServers())
    .action(async (names: string[], options) => {
      const { deleteTopics } = await import('./commands/topic.ts');
      await deleteTopics(names, options);
    });
}

function produceCommand(program: Command): void {
  program
    .command('produce')
    .description('send each line of standard input as a record')
    .argument('<topic>', 'created by the broker when it does not exist, where it is allowed to')
    .option('-k, --key-separator <text>', 'what stands between key and value in a line')
    .option('-p, --partition <number>', 'send all to this partition', count)
    .option('-H, --header <name=value>', 'give each record this header (repeatable)', collect, [])
    .addOption(
      new Option('--compression <codec>', 'how to compress batches')
        .choices(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('none'),
    )
    .addOption(
      new Option(
        '--acks <acks>',
        'who must have a record: all in-sync replicas, the leader, nobody',
      )
        .choices(['all', '1', '0'])
        .default('all'),
    )
    .addOption(bootstrapServers())
    .action(async (topic: string, options) => {
      const { produce } = await import('./commands/produce.ts');
      await produce(topic, options);
    });
}

function consumeCommand(program: Command): void {
  program
    .command('consume')
    .description('print messages as they come, until Ctrl-C')
    .argument('<topic>')
    .addOption(new Option('--from-beginning', 'begin with the oldest message').conflicts('offset'))
    .option(
      '--offset <where>',
      'begin at start, end or an offset (default: start; with a group where it was, or the end)',
    )
    .option('-n, --num <count>', 'stop after so many messages', count)
    .option('-g, --group <name>', 'share the partitions with this group, and commit offsets')
    .option(
      '-f, --format <format>',
      '%t topic, %p partition, %o offset, %k key, %v value, %T timestamp, %h headers',
      '%v\\n',
    )
    .addOption(
      new Option('-o, --output <format>', 'text as --format says, or one line of JSON each')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(bootstrapServers())
    .action(async (topic: string, options) => {
      const { consume } = await import('./commands/consume.ts');
      await consume(topic, options);
    });
}

function groupCommands(program: Command): void {
  const group = program.command('group').description('list and describe consumer groups');
  group
    .command('list')
    .description('list all groups')
    .addOption(output())
    .addOption(bootstrapServers())
    .action(async (options) => {
      const { listGroups } = await import('./commands/group.ts');
      await listGroups(options);
    });
  group
    .command('describe')
    .description('show offsets, lag and members of a group')
    .argument('<group>')
    .addOption(output())
    .addOption(bootstrapServers())
    .action(async (name: string, options) => {
      const { describeGroup } = await import('./commands/group.ts');
      await describeGroup(name, options);
    });
}
