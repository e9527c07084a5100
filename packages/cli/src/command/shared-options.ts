import { CallError } from '../command-error.ts';
import type { OptionSpec } from './spec.ts';

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CallError(`takes a whole number, not ${text}`);
  return Number(text);
}

export function signedNumber(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new CallError(`takes a whole number, not ${text}`);
  return Number(text);
}

/** `500`, `500ms`, `10s`, `5m`, `2h`, `7d`; in milliseconds. */
export function duration(text: string): number {
  const [, count, unit = 'ms'] = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (count === undefined) {
    throw new CallError(`takes a duration such as 500ms, 10s, 5m or 2h, not ${text}`);
  }
  return Number(count) * unitsMs[unit as keyof typeof unitsMs];
}

export const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What every command has that talks to a cluster. */
export const connection: readonly OptionSpec[] = [
  {
    flags: '-b, --bootstrap-servers <list>',
    about:
      'host:port of some brokers, separated by commas (default: of the profile, 127.0.0.1:9092)',
  },
  {
    flags: '-X <name=value>',
    about: "set a client property by Kafka's name (repeatable)",
    isRepeated: true,
  },
  {
    flags: '--profile <name>',
    about: 'connect as this profile says',
    completes: 'profiles',
  },
  { flags: '-v, --verbose', about: 'tell on standard error what the client does' },
];

export const output: OptionSpec = {
  flags: '-o, --output <format>',
  about: 'how to print it',
  choices: ['table', 'wide', 'json', 'jsonl', 'yaml'],
  fallback: 'table',
};

/** How messages are printed. */
export const printing: readonly OptionSpec[] = [
  {
    flags: '-f, --format <format>',
    about:
      '%t topic, %p partition, %o offset, %k key, %v value, %h headers, %T timestamp, ' +
      '%d{iso} time, %K %V %H sizes, %i count; %v{hex}, %v{base64}, %V{big32}, %h{%k=%v }',
    fallback: '%v\\n',
  },
  {
    flags: '-o, --output <format>',
    about: 'text as --format says, a line of JSON each, or YAML',
    choices: ['text', 'json', 'jsonl', 'yaml'],
    fallback: 'text',
  },
];

export const dryRun: OptionSpec = {
  flags: '--dry-run',
  about: 'show what would be done, and do nothing',
};

export const yes: OptionSpec = { flags: '-y, --yes', about: 'do it without asking' };
