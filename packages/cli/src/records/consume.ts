import type { Client, ConsumedMessage, ConsumerOptions } from '@tidelog/client';
import { CallError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import {
  type ConnectionSettings,
  loggerOf,
  type RunWithClient,
  withClient,
} from '../connection/with-client.ts';
import { type OffsetRange, parseOffsetRange } from '../offsets/offset-range.ts';
import { resolveRanges } from '../offsets/resolve-ranges.ts';
import { yaml } from '../terminal/yaml.ts';
import { jsonLine, jsonRecord } from './json-line.ts';
import { compileFormat } from './message-format.ts';
import { readRanges } from './read-ranges.ts';
import type { PrintedRecord } from './record.ts';

export interface ConsumeSettings extends ConnectionSettings {
  readonly fromBeginning?: boolean;
  readonly offset?: string;
  readonly partition?: readonly number[];
  readonly num?: number;
  readonly group?: string;
  readonly format: string;
  readonly output: 'text' | 'json' | 'jsonl' | 'yaml';
}

type Render = (record: PrintedRecord, index: number) => Uint8Array;
type ConsumeCall = Call<ConsumeSettings>;

/**
 * Prints messages as they come, until Ctrl-C, the end of the range or `--num` of them. Without a group it
 * begins at the beginning: whoever consumes for the first time wants to see what was produced.
 */
export async function consume(call: ConsumeCall): Promise<void> {
  const { settings } = call;
  const render = rendering(settings);
  const range = rangeOf(settings);
  if (settings.group !== undefined) checkGroupCall(settings, range);
  if (settings.num === 0) return;
  // It may run for days, and goes on through what others fail of: that is told as it happens.
  const logger = settings.verbose ? {} : { logger: loggerOf(call.terminal, ['warn', 'error']) };
  const run: RunWithClient<void> = async (client, { consumer }) => {
    const batches =
      settings.group === undefined
        ? ofPartitions(client, call, range, consumer)
        : ofGroup(client, call, range, { ...consumer, groupId: settings.group });
    await print(call, render, batches);
  };
  await withClient(call, run, logger);
}

export function rendering({ output, format }: Pick<ConsumeSettings, 'output' | 'format'>): Render {
  if (output === 'text') return compileFormat(format);
  if (output === 'yaml') return (record) => Buffer.from(yaml([jsonRecord(record)]));
  return jsonLine;
}

async function print(
  { settings, terminal }: ConsumeCall,
  render: Render,
  batches: AsyncIterable<readonly ConsumedMessage[]>,
): Promise<void> {
  const limit = settings.num ?? Number.POSITIVE_INFINITY;
  let count = 0;
  for await (const messages of batches) {
    await terminal.write(Buffer.concat(messages.map((message) => render(message, ++count))));
    if (count >= limit) return;
  }
}

async function* ofPartitions(
  client: Client,
  { args: topics, settings, terminal }: ConsumeCall,
  range: OffsetRange,
  consumer: ConsumerOptions,
): AsyncGenerator<readonly ConsumedMessage[]> {
  const admin = client.admin();
  // Says that a topic does not exist, instead of waiting for it or creating it by mistake.
  const described = await admin.describeTopics(topics);
  const partitions = described
    .flatMap((topic) => topic.partitions)
    .filter(({ partition }) => settings.partition?.includes(partition) ?? true);
  const ranges = await resolveRanges(admin, partitions, range, consumer.isolationLevel);
  let left = settings.num ?? Number.POSITIVE_INFINITY;
  for await (const messages of readRanges(client, ranges, {
    signal: terminal.stopped(),
    consumer,
  })) {
    const shown = messages.slice(0, left);
    left -= shown.length;
    yield shown;
  }
}

async function* ofGroup(
  client: Client,
  { args: topics, settings, terminal }: ConsumeCall,
  { from }: OffsetRange,
  options: ConsumerOptions,
): AsyncGenerator<readonly ConsumedMessage[]> {
  await client.admin().describeTopics(topics);
  const isAsked = settings.offset !== undefined || settings.fromBeginning === true;
  const consumer = client.consumer({
    ...options,
    ...(isAsked && { autoOffsetReset: from.kind === 'start' ? 'earliest' : 'latest' }),
    allowAutoTopicCreation: false,
  });
  consumer.subscribe(topics);
  let left = settings.num ?? Number.POSITIVE_INFINITY;
  try {
    for await (const batch of consumer.batches({ signal: terminal.stopped() })) {
      const shown = batch.messages.slice(0, left);
      left -= shown.length;
      // The last batch is not done as a whole: the group goes on after what is shown of it.
      if (left === 0) consumer.seek(batch, shown[shown.length - 1]!.offset + 1);
      yield shown;
    }
  } finally {
    await consumer.close();
  }
}

function rangeOf({ offset, fromBeginning, group }: ConsumeSettings): OffsetRange {
  if (offset !== undefined) return parseOffsetRange(offset, Date.now());
  const isFromStart = fromBeginning === true || group === undefined;
  return { from: { kind: isFromStart ? 'start' : 'end' }, until: null };
}

/** A member reads what it is given, from where its group was. */
function checkGroupCall(settings: ConsumeSettings, { from, until }: OffsetRange): void {
  if (settings.partition !== undefined) {
    throw new CallError('a group shares the partitions out; `--partition` needs no `--group`');
  }
  if (until !== null || (from.kind !== 'start' && from.kind !== 'end')) {
    throw new CallError(
      'a group goes on where it was: with `--group`, `--offset` is start or end, for partitions ' +
        'without an offset; `tidelog group seek` moves a group',
    );
  }
}
