import type { Client, ConsumedMessage, Consumer, SeekTarget } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import { compileFormat, jsonLine } from '../terminal/message-format.ts';
import { write } from '../terminal/output.ts';
import { type ConnectionSettings, withClient } from './connection.ts';

export interface ConsumeSettings extends ConnectionSettings {
  readonly fromBeginning?: boolean;
  readonly offset?: string;
  readonly num?: number;
  readonly group?: string;
  readonly format: string;
  readonly output: 'text' | 'json';
}

/**
 * Prints messages as they come, until Ctrl-C or `--num` of them. Without a group it begins at the
 * beginning: whoever consumes for the first time wants to see what was produced.
 */
export async function consume(topic: string, settings: ConsumeSettings): Promise<void> {
  const render = settings.output === 'json' ? jsonLine : compileFormat(settings.format);
  const start = startOf(settings);
  const stopped = stopSignal();
  await withClient(settings, async (client) => {
    // Says that a topic does not exist, instead of waiting for it or creating it by mistake.
    const [description] = await client.admin().describeTopics([topic]);
    const partitions = description!.partitions.map(({ partition }) => ({ topic, partition }));
    const consumer = open(client, settings, start);
    if (settings.group === undefined) {
      consumer.assign(partitions.map((partition) => ({ ...partition, offset: start })));
    } else {
      consumer.subscribe(topic);
    }
    await print(consumer, { render, limit: settings.num ?? Number.POSITIVE_INFINITY, stopped });
    await consumer.close();
  });
}

function open(client: Client, { group }: ConsumeSettings, start: SeekTarget): Consumer {
  return client.consumer({
    ...(group === undefined ? {} : { groupId: group }),
    autoOffsetReset: start === 'latest' ? 'latest' : 'earliest',
    allowAutoTopicCreation: false,
  });
}

async function print(
  consumer: Consumer,
  options: {
    render: (message: ConsumedMessage) => Buffer;
    limit: number;
    stopped: AbortSignal;
  },
): Promise<void> {
  const { render, stopped } = options;
  let left = options.limit;
  if (left === 0) return;
  for await (const { topic, partition, messages } of consumer.batches({ signal: stopped })) {
    const shown = messages.slice(0, left);
    await write(Buffer.concat(shown.map(render)));
    left -= shown.length;
    if (left > 0) continue;
    // The batch in hand is not done as a whole: the group goes on after what was shown.
    consumer.seek({ topic, partition }, shown[shown.length - 1]!.offset + 1);
    return;
  }
}

function startOf({ offset, fromBeginning, group }: ConsumeSettings): SeekTarget {
  if (fromBeginning || offset === 'start') return 'earliest';
  if (offset === 'end') return 'latest';
  if (offset === undefined) return group === undefined ? 'earliest' : 'latest';
  if (group !== undefined) {
    throw new CommandError('a group goes on where it was; `--offset N` needs no `--group`');
  }
  if (!/^\d+$/.test(offset)) {
    throw new CommandError(`--offset is start, end or a number, not ${offset}`);
  }
  return Number(offset);
}

/** Aborted by the first Ctrl-C; the second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.once(name, () => process.exit(130));
      stop.abort();
    });
  }
  return stop.signal;
}
