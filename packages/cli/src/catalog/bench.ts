import { connection, output, wholeNumber } from '../command/shared-options.ts';
import type { CommandSpec, OptionSpec } from '../command/spec.ts';
import { CallError } from '../command-error.ts';

/** From 1 up to a bound: a benchmark is no attack. */
const upTo = (limit: number) => (text: string) => {
  const count = wholeNumber(text);
  if (count < 1 || count > limit) throw new CallError(`takes 1 to ${limit}, not ${text}`);
  return count;
};

const bounds: readonly OptionSpec[] = [
  {
    flags: '-n, --records <count>',
    about: 'no more records than that, in each test',
    parse: upTo(100_000_000),
    fallback: 100_000,
  },
  {
    flags: '--seconds <count>',
    about: 'no longer than that, in each test',
    parse: upTo(600),
    fallback: 10,
  },
  {
    flags: '--size <bytes>',
    about: 'of the value of a record',
    parse: upTo(1_000_000),
    fallback: 100,
  },
  {
    flags: '--rate <count>',
    about: 'records a second, where latency is measured',
    parse: upTo(10_000),
    fallback: 200,
  },
];

export const benchCommands: readonly CommandSpec[] = [
  {
    name: 'bench',
    about: 'measure throughput and latency on a topic that is made for it and deleted',
    options: [
      {
        flags: '--only <test>',
        about: 'one test instead of all',
        choices: ['produce', 'consume', 'latency'],
      },
      ...bounds,
      {
        flags: '-p, --partitions <count>',
        about: 'of the topic',
        parse: upTo(1000),
        fallback: 1,
      },
      {
        flags: '-r, --replicas <count>',
        about: "of the topic (default: the broker's)",
        parse: upTo(10),
      },
      {
        flags: '-z, --compression <codec>',
        about: 'how to compress batches (default none)',
        choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      },
      {
        flags: '--acks <acks>',
        about: 'who must have a record: all in-sync replicas (default), the leader, nobody',
        choices: ['all', '1', '0'],
      },
      output,
      ...connection,
    ],
    examples: ['bench', 'bench --only latency --seconds 30', 'bench -n 1000000 --size 1024 -z lz4'],
    run: async (call) => (await import('../bench/bench.ts')).bench(call),
  },
];
