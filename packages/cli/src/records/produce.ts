import type { Producer, ProducerMessage, ProducerOptions, SentRecord } from '@tidelog/client';
import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import {
  type ConnectionSettings,
  PATIENCE_MS,
  pairs,
  withClient,
} from '../connection/with-client.ts';
import { parseJsonLine } from './json-line.ts';
import { lines } from './lines.ts';
import { type DataFormat, writeData } from '../terminal/output.ts';
import { counted } from '../terminal/counted.ts';

export interface ProduceSettings extends ConnectionSettings {
  readonly keySeparator?: string;
  readonly partition?: number;
  readonly repartition?: boolean;
  readonly header: readonly string[];
  readonly tombstones?: boolean;
  readonly input: 'lines' | 'json';
  readonly compression?: NonNullable<ProducerOptions['compression']>;
  readonly acks?: 'all' | '1' | '0';
  readonly output?: DataFormat;
}

/** Pieces of input that may be on their way at the same time. */
const MAX_PENDING = 16;

/** Sends each line of the input as a record; tells on standard error how many went where. */
export async function produce(call: Call<ProduceSettings>): Promise<void> {
  const { settings, terminal } = call;
  const messageOf = lineReader(call);
  const counts = new Map<string, Map<number, number>>();
  const count = (sent: readonly SentRecord[]): void => {
    for (const { topic, partition } of sent) {
      const own = counts.get(topic) ?? new Map<number, number>();
      counts.set(topic, own.set(partition, (own.get(partition) ?? 0) + 1));
    }
  };
  await withClient(call, async (client, { producer: options }) => {
    const producer = client.producer({
      maxBlockMs: PATIENCE_MS,
      ...options,
      ...(settings.compression !== undefined && { compression: settings.compression }),
      ...(settings.acks !== undefined && { acks: acksOf(settings.acks) }),
    });
    if (terminal.isInputTyped) terminal.tell('One record a line; Ctrl-D ends.\n');
    const input = { lines: lines(terminal.input), messageOf, count };
    if (options.transactionalId === undefined) await sendLines(producer, input);
    else await producer.transaction((transaction) => sendLines(transaction, input));
  });
  if (settings.output !== undefined) {
    const rows = Array.from(counts, ([topic, own]) =>
      Array.from(own, ([partition, records]) => ({ topic, partition, records })),
    );
    return writeData(terminal, settings.output, rows.flat());
  }
  terminal.tell(summary(call.args[0], counts));
}

async function sendLines(
  producer: Pick<Producer, 'sendAll'>,
  input: {
    lines: AsyncIterable<Buffer[]>;
    messageOf: LineReader;
    count: (sent: readonly SentRecord[]) => void;
  },
): Promise<void> {
  const pending = new Set<Promise<void>>();
  let failure: Error | undefined;
  let line = 0;
  for await (const chunk of input.lines) {
    const messages = chunk.map((text) => input.messageOf(text, ++line));
    // Calls that wait keep their order, and so do the lines, whatever chunk they came in.
    const sending = producer.sendAll(messages).then(input.count, (error: Error) => {
      failure ??= error;
    });
    pending.add(sending);
    void sending.finally(() => pending.delete(sending));
    if (pending.size >= MAX_PENDING) await Promise.race(pending);
    if (failure !== undefined) break;
  }
  await Promise.all(pending);
  if (failure !== undefined) throw failure;
}

function acksOf(acks: 'all' | '1' | '0'): 'all' | 1 | 0 {
  return acks === 'all' ? 'all' : acks === '1' ? 1 : 0;
}

type LineReader = (text: Buffer, line: number) => ProducerMessage;

function lineReader({ args: [topic], settings }: Call<ProduceSettings>): LineReader {
  const own = pairs(settings.header, '--header').map(([key, value]) => ({ key, value }));
  if (settings.input === 'json') return jsonReader(topic, settings, own);
  if (topic === undefined) throw new CallError('lines go to a topic: `tidelog produce TOPIC`');
  return (text, line) => {
    const { key, value } = keyAndValue(text, settings.keySeparator, line);
    const isTombstone = settings.tombstones === true && value.length === 0;
    const { partition } = settings;
    return { topic, key, value: isTombstone ? null : value, headers: own, partition };
  };
}

/** Records as they were consumed: to the topic of the call, or else to the one that each names. */
function jsonReader(
  topic: string | undefined,
  { partition, repartition }: ProduceSettings,
  own: readonly { key: string; value: string }[],
): LineReader {
  return (text, line) => {
    try {
      const message = parseJsonLine(text.toString());
      const target = topic ?? message.topic;
      if (target === undefined) throw new CommandError('it names no topic, nor does the call');
      const kept = repartition ? undefined : message.partition;
      const headers = [...(message.headers as typeof own), ...own];
      return { ...message, topic: target, partition: partition ?? kept, headers };
    } catch (error) {
      if (error instanceof CommandError) throw new CommandError(`line ${line}: ${error.message}`);
      throw error;
    }
  };
}

function keyAndValue(
  text: Buffer,
  separator: string | undefined,
  line: number,
): { key: Buffer | null; value: Buffer } {
  if (separator === undefined) return { key: null, value: text };
  const at = text.indexOf(separator);
  if (at < 0) throw new CommandError(`line ${line} has no key: it does not contain '${separator}'`);
  return { key: text.subarray(0, at), value: text.subarray(at + Buffer.byteLength(separator)) };
}

function summary(
  topic: string | undefined,
  counts: ReadonlyMap<string, ReadonlyMap<number, number>>,
): string {
  if (counts.size === 0) return `Produced 0 records${topic === undefined ? '' : ` to ${topic}`}.\n`;
  return Array.from(counts, ([topic, own]) => {
    const total = [...own.values()].reduce((sum, count) => sum + count, 0);
    const places = [...own]
      .sort(([a], [b]) => a - b)
      .map(([partition, count]) => `${count} to partition ${partition}`);
    const shown = places.length > 8 ? `${places.length} partitions` : places.join(', ');
    return `Produced ${counted(total, 'record')} to ${topic} (${shown}).\n`;
  }).join('');
}
