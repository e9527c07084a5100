import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { CallError } from '../command-error.ts';
import { version } from '../version.ts';
import type { Terminal } from './call.ts';
import type { ArgumentSpec, CommandSpec, NounSpec, OptionSpec } from './spec.ts';

/** The parser of the command line. What it prints itself (help, wrong calls) goes to the terminal. */
export function buildProgram(
  specs: readonly CommandSpec[],
  nouns: readonly NounSpec[],
  terminal: Terminal,
): Command {
  const program = new Command('tidelog')
    .description('Kafka in one command: a broker, and the tools for any Kafka')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ optionDescription, subcommandTerm })
    .configureOutput({
      writeOut: (text) => void terminal.write(text),
      writeErr: (text) => terminal.tell(text),
    });
  for (const spec of specs) {
    const words = spec.name.split(' ');
    const verb = words.pop()!;
    const parent = words.reduce((command, word) => nounOf(command, word, nouns), program);
    parent.addCommand(commandOf(verb, spec, terminal, program), { hidden: spec.isHidden ?? false });
  }
  return program;
}

function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? [] : [argChoices.join(', ')];
  const isShown = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  const fallback = isShown ? [`default: ${defaultValue}`] : [];
  const more = [...choices, ...fallback];
  return more.length === 0 ? description : `${description} (${more.join('; ')})`;
}

function subcommandTerm(command: Command): string {
  const args = command.registeredArguments.map((argument) => humanReadable(argument));
  return [command.name(), ...args].join(' ');
}

function humanReadable(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function nounOf(parent: Command, word: string, nouns: readonly NounSpec[]): Command {
  const found = parent.commands.find((command) => command.name() === word);
  if (found !== undefined) return found;
  const path = [...pathOf(parent), word].join(' ');
  const about = nouns.find(({ name }) => name === path)?.about ?? '';
  return parent.command(word).description(about).copyInheritedSettings(parent);
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

function commandOf(verb: string, spec: CommandSpec, terminal: Terminal, program: Command): Command {
  const command = new Command(verb).description(spec.about).copyInheritedSettings(program);
  for (const argument of spec.args ?? []) command.addArgument(argumentOf(argument));
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  if (spec.examples !== undefined) {
    const lines = spec.examples.map((example) => `  $ ${exampleLine(example)}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
  return command.action(() =>
    spec.run({ args: command.args, settings: command.opts<never>(), terminal }),
  );
}

/** Examples name the program only where a pipe stands before it. */
export function exampleLine(example: string): string {
  return /\btidelog\b/.test(example) ? example : `tidelog ${example}`;
}

function argumentOf({ name, about, isOptional, isRepeated, choices }: ArgumentSpec): Argument {
  const inner = `${name}${isRepeated ? '...' : ''}`;
  const argument = new Argument(isOptional ? `[${inner}]` : `<${inner}>`, about ?? '');
  return choices === undefined ? argument : argument.choices(choices);
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.about);
  const { parse, choices } = spec;
  if (choices !== undefined) option.choices(choices);
  const read = (text: string): unknown => {
    try {
      return parse === undefined ? text : parse(text);
    } catch (error) {
      if (error instanceof CallError) throw new InvalidArgumentError(`It ${error.message}.`);
      throw error;
    }
  };
  if (spec.isRepeated) {
    option.argParser((text: string, list: readonly unknown[]) => [...list, read(text)]).default([]);
  } else if (parse !== undefined) {
    option.argParser(read);
  }
  if (spec.isRequired) option.makeOptionMandatory();
  if (spec.fallback !== undefined) option.default(spec.fallback);
  if (spec.conflicts !== undefined) option.conflicts([...spec.conflicts]);
  return option;
}
