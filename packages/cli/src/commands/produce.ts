import type { ProducerMessage, ProducerOptions, SentRecord } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import { type ConnectionSettings, PATIENCE_MS, pairs, withClient } from './connection.ts';
import { lines } from './lines.ts';

export interface ProduceSettings extends ConnectionSettings {
  readonly keySeparator?: string;
  readonly partition?: number;
  readonly header: readonly string[];
  readonly compression: NonNullable<ProducerOptions['compression']>;
  readonly acks: 'all' | '1' | '0';
}

/** Pieces of input that may be on their way at the same time. */
const MAX_PENDING = 16;

/** Sends each line of standard input as a record; tells on standard error how many went where. */
export async function produce(topic: string, settings: ProduceSettings): Promise<void> {
  const headers = pairs(settings.header, '--header').map(([key, value]) => ({ key, value }));
  const acks = settings.acks === 'all' ? 'all' : settings.acks === '1' ? 1 : 0;
  const counts = new Map<number, number>();
  const count = (sent: readonly SentRecord[]): void => {
    for (const { partition } of sent) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  };
  await withClient(settings, async (client) => {
    const producer = client.producer({
      acks,
      compression: settings.compression,
      maxBlockMs: PATIENCE_MS,
    });
    const pending = new Set<Promise<void>>();
    let failure: Error | undefined;
    let line = 0;
    if (process.stdin.isTTY) process.stderr.write('One record a line; Ctrl-D ends.\n');
    for await (const chunk of lines(process.stdin)) {
      const messages = chunk.map((text): ProducerMessage => {
        line++;
        const { key, value } = keyAndValue(text, settings.keySeparator, line);
        return { topic, key, value, headers, partition: settings.partition };
      });
      const sending = producer.sendAll(messages).then(count, (error: Error) => {
        failure ??= error;
      });
      pending.add(sending);
      void sending.finally(() => pending.delete(sending));
      if (pending.size >= MAX_PENDING) await Promise.race(pending);
      if (failure !== undefined) break;
    }
    await Promise.all(pending);
    if (failure !== undefined) throw failure;
  });
  process.stderr.write(summary(topic, counts));
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

function summary(topic: string, counts: ReadonlyMap<number, number>): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const places = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([partition, count]) => `${count} to partition ${partition}`);
  const shown = places.length > 8 ? `${places.length} partitions` : places.join(', ');
  const records = `${total} record${total === 1 ? '' : 's'}`;
  return `Produced ${records} to ${topic}${total === 0 ? '' : ` (${shown})`}.\n`;
}
