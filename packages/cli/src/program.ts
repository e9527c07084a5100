import { Command, CommanderError, Option } from 'commander';
import { clientCommands } from './client-commands.ts';
import { CommandError } from './command-error.ts';
import { version } from './version.ts';

const collect = (value: string, list: string[]) => [...list, value];

const override = () =>
  new Option('-X <name=value>', "set a broker config by Kafka's name (repeatable)")
    .argParser(collect)
    .default([]);

/**
 * Runs the command line and gives its exit code: 0, 1 for a failure that was told in one sentence, 2 for a
 * wrong call. Commands are loaded when they are called, so that `--help` is quick.
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command('tidelog')
    .description('Kafka in one command: a broker, and the tools for any Kafka')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError();
  serverCommands(program);
  clientCommands(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError || (error as Error).name === 'StartupError') {
    process.stderr.write(`tidelog: ${(error as Error).message}\n`);
    return 1;
  }
  process.stderr.write(`tidelog: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
}

function serverCommands(program: Command): void {
  program
    .command('start')
    .description('run a durable broker (a server.properties of Apache Kafka works as it is)')
    .argument('[server.properties]', 'configuration file')
    .option('--port <port>', 'listen on this port of 127.0.0.1 (default 9092)')
    .option('--data-dir <directory>', 'keep the data here (default .tidelog)')
    .addOption(override())
    .action(async (file: string | undefined, options: Record<string, never>) => {
      const { start } = await import('./commands/start.ts');
      await start(file, { ...options, mode: 'start' });
    });
  program
    .command('dev')
    .description('run a broker for development: quick answers, data gone at the end')
    .option('--port <port>', 'listen on this port of 127.0.0.1 (default 9092)')
    .option('--data-dir <directory>', 'keep the data here instead')
    .addOption(override())
    .action(async (options: Record<string, never>) => {
      const { start } = await import('./commands/start.ts');
      await start(undefined, { ...options, mode: 'dev' });
    });
  program
    .command('format')
    .description('prepare the log directories of a server.properties without starting')
    .argument('[server.properties]', 'configuration file')
    .option('--data-dir <directory>', 'keep the data here (default .tidelog)')
    .option('--cluster-id <id>', 'use this cluster id instead of a random one')
    .addOption(override())
    .action(async (file: string | undefined, options: Record<string, never>) => {
      const { format } = await import('./commands/format.ts');
      await format(file, options);
    });
}
