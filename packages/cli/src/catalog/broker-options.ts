import type { OptionSpec } from '../command/spec.ts';

export const override: OptionSpec = {
  flags: '-X <name=value>',
  about: "set a broker config by Kafka's name (repeatable)",
  isRepeated: true,
};

const port: OptionSpec = {
  flags: '--port <port>',
  about: 'listen on this port of 127.0.0.1 (default 9092)',
};

export const startOptions: readonly OptionSpec[] = [
  port,
  { flags: '--data-dir <directory>', about: 'keep the data here (default .tidelog)' },
  override,
];

export const devOptions: readonly OptionSpec[] = [
  port,
  { flags: '--data-dir <directory>', about: 'keep the data here instead' },
  override,
];
