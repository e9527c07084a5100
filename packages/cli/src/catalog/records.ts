import { connection, printing, wholeNumber } from '../command/shared-options.ts';
import type { CommandSpec } from '../command/spec.ts';
import { parsePartitions } from '../topic-partitions.ts';

export const recordCommands: readonly CommandSpec[] = [
  {
    name: 'produce',
    about: 'send each line of standard input as a record',
    args: [
      {
        name: 'topic',
        about: 'created by the broker when it does not exist, where it is allowed to',
        isOptional: true,
        completes: 'topics',
      },
    ],
    options: [
      {
        flags: '-i, --input <format>',
        about: 'what a line is: a value, or JSON as `consume -o json` prints it',
        choices: ['lines', 'json'],
        fallback: 'lines',
      },
      {
        flags: '-k, --key-separator <text>',
        about: 'what stands between key and value in a line',
      },
      {
        flags: '-p, --partition <number>',
        about: 'send all to this partition',
        parse: wholeNumber,
      },
      { flags: '--repartition', about: 'choose partitions anew, whatever lines of JSON say' },
      {
        flags: '-H, --header <name=value>',
        about: 'give each record this header (repeatable)',
        isRepeated: true,
      },
      { flags: '-Z, --tombstones', about: 'send an empty value as null, which deletes the key' },
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
      {
        flags: '-o, --output <format>',
        about: 'print how many records went where, as data',
        choices: ['json', 'jsonl', 'yaml'],
      },
      ...connection,
    ],
    examples: [
      'echo hello | tidelog produce greetings',
      'echo k:v | tidelog produce greetings -k : -H source=shell',
      'echo paid | tidelog produce payments -X transactional.id=billing',
      'tidelog consume a -o json --offset :end | tidelog produce b -i json',
    ],
    run: async (call) => (await import('../records/produce.ts')).produce(call),
  },
  {
    name: 'consume',
    about: 'print messages as they come, until Ctrl-C or the end of --offset',
    args: [{ name: 'topic', isRepeated: true, completes: 'topics' }],
    options: [
      {
        flags: '--from-beginning',
        about: 'begin with the oldest message',
        conflicts: ['offset'],
      },
      {
        flags: '--offset <where>',
        about:
          'start, end, 17, +10, -10, 100:200, :end, @-1h:now, @2024-01-01, @MS ' +
          '(default: start; with a group where it was, or the end)',
      },
      {
        flags: '-p, --partition <list>',
        about: 'only these partitions, such as 0,2,5-7',
        parse: parsePartitions,
      },
      { flags: '-n, --num <count>', about: 'stop after so many messages', parse: wholeNumber },
      {
        flags: '-g, --group <name>',
        about: 'share the partitions with this group, and commit offsets',
        completes: 'groups',
      },
      ...printing,
      ...connection,
    ],
    examples: [
      'consume greetings --offset -10',
      "consume greetings --offset @-1h:now -f '%d{iso} %p/%o %k %v\\n'",
      'consume greetings -g readers --from-beginning -n 3 -o json',
    ],
    run: async (call) => (await import('../records/consume.ts')).consume(call),
  },
];
