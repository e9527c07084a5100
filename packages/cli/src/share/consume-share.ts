import type { AcknowledgeType, Client, ShareMessage } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import {
  type ConnectionSettings,
  loggerOf,
  type RunWithClient,
  withClient,
} from '../connection/with-client.ts';
import { rendering } from '../records/consume.ts';

export interface ConsumeShareSettings extends ConnectionSettings {
  readonly group: string;
  readonly num?: number;
  readonly acknowledge: Exclude<AcknowledgeType, 'renew'>;
  readonly format: string;
  readonly output: 'text' | 'json' | 'jsonl' | 'yaml';
}

/** How many records are held at once: what is not printed yet is kept from the other members. */
const MOST_AT_ONCE = 500;

/**
 * Prints messages as a member of a share group, and acknowledges each after it was printed, until Ctrl-C or
 * `--num` of them. What it holds and did not print goes back to the group.
 */
export async function consumeShare(call: Call<ConsumeShareSettings>): Promise<void> {
  const { settings, terminal } = call;
  if (settings.num === 0) return;
  const logger = settings.verbose ? {} : { logger: loggerOf(terminal, ['warn', 'error']) };
  const run: RunWithClient<void> = (client) => printAll(client, call);
  await withClient(call, run, logger);
}

async function printAll(
  client: Client,
  { args: topics, settings, terminal }: Call<ConsumeShareSettings>,
): Promise<void> {
  const render = rendering(settings);
  // Says that a topic does not exist, instead of waiting for it.
  await client.admin().describeTopics(topics);
  const limit = settings.num ?? Number.POSITIVE_INFINITY;
  const consumer = client.shareConsumer({
    groupId: settings.group,
    acknowledgement: 'explicit',
    acquireMode: 'record_limit',
    maxPollRecords: Math.min(limit, MOST_AT_ONCE),
  });
  consumer.subscribe(topics);
  let count = 0;
  for await (const { messages } of consumer.batches({ signal: terminal.stopped() })) {
    const shown: readonly ShareMessage[] = messages.slice(0, limit - count);
    await terminal.write(Buffer.concat(shown.map((message) => render(message, ++count))));
    for (const message of shown) consumer.acknowledge(message, settings.acknowledge);
    if (count >= limit) break;
  }
  await consumer.commit();
  await consumer.close();
}
