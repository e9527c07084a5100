import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { clientCommands } from './client-commands.ts';

/** Parses a command line without running it; gives the options of the command that it names. */
function parse(...args: readonly string[]): { command: string; args: string[]; options: object } {
  const program = new Command('tidelog').exitOverride();
  clientCommands(program);
  let parsed: { command: string; args: string[]; options: object } | undefined;
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    if (command.commands.length === 0) {
      command.action(() => {
        parsed = { command: command.name(), args: command.args, options: command.opts() };
      });
    }
    command.commands.forEach(quiet);
  };
  program.commands.forEach(quiet);
  program.parse(args, { from: 'user' });
  return parsed!;
}

describe('the client commands', () => {
  it('consume from the local broker, a value a line, unless told otherwise', () => {
    expect(parse('consume', 't')).toEqual({
      command: 'consume',
      args: ['t'],
      options: { bootstrapServers: '127.0.0.1:9092', format: '%v\\n', output: 'text' },
    });
  });

  it('take the short options', () => {
    const line = 'produce t -b a:1,b:2 -k : -p 3 -H x=1 -H y=2';
    expect(parse(...line.split(' ')).options).toEqual({
      bootstrapServers: 'a:1,b:2',
      keySeparator: ':',
      partition: 3,
      header: ['x=1', 'y=2'],
      compression: 'none',
      acks: 'all',
    });
    expect(parse('consume', 't', '-n', '5', '-g', 'g', '-f', '%o', '-o', 'json').options).toEqual({
      bootstrapServers: '127.0.0.1:9092',
      num: 5,
      group: 'g',
      format: '%o',
      output: 'json',
    });
    expect(parse('topic', 'create', 't', '-p', '6', '-r', '3', '-c', 'a=b').options).toEqual({
      bootstrapServers: '127.0.0.1:9092',
      partitions: 6,
      replicas: 3,
      config: ['a=b'],
    });
    expect(parse('group', 'describe', 'g', '-o', 'json').options).toMatchObject({ output: 'json' });
  });

  it('find the brokers in the environment', () => {
    process.env.TIDELOG_BOOTSTRAP_SERVERS = 'far:9092';
    try {
      expect(parse('topic', 'list').options).toMatchObject({ bootstrapServers: 'far:9092' });
      expect(parse('topic', 'list', '-b', 'near:1').options).toMatchObject({
        bootstrapServers: 'near:1',
      });
    } finally {
      delete process.env.TIDELOG_BOOTSTRAP_SERVERS;
    }
  });

  it.each([
    [['consume'], 'missing required argument'],
    [['consume', 't', '-n', 'many'], 'whole number'],
    [['consume', 't', '--from-beginning', '--offset', 'end'], 'cannot be used with'],
    [['consume', 't', '-o', 'yaml'], 'Allowed choices'],
    [['produce', 't', '--compression', 'rar'], 'Allowed choices'],
    [['produce', 't', '--acks', '2'], 'Allowed choices'],
    [['topic', 'create', 't', '-p', 'x1'], 'whole number'],
    [['group', 'describe'], 'missing required argument'],
  ])('refuse %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
