import type { Client } from '../client.ts';
import type { ConsumerOptions } from '../consumer/consumer-settings.ts';
import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { WorkContext } from '../consumer/run-options.ts';
import { abortedError, invalidArgument, type KafkaClientError } from '../client-error.ts';
import type { Producer } from '../producer/producer.ts';
import { deadLetter } from './dead-letters.ts';

const DUE_HEADER = 'tidelog.retry.due';
/** A wait that is longer than this share of `maxPollIntervalMs` would cost the member its group. */
const LONGEST_WAIT_SHARE = 0.5;

export interface RetryTopicsOptions {
  readonly groupId: string;
  readonly topics: string | readonly string[];
  readonly onMessage: (message: ConsumedMessage, context: WorkContext) => unknown;
  /** How long after each failure a message comes again; after the last one it goes to the dead letters. */
  readonly delaysMs: readonly number[];
  /** `<group>-retry-<n>` for each delay when left out; those that do not exist are created. */
  readonly retryTopics?: readonly string[];
  /** `<group>-dead-letters` when left out. */
  readonly deadLetterTopic?: string;
  readonly concurrency?: number;
  readonly orderBy?: 'partition' | 'key';
  /** For all the consumers that this makes, one for the topics and one for each delay. */
  readonly consumer?: Omit<ConsumerOptions, 'groupId'>;
  /** Ends it: what is in work is finished. */
  readonly signal?: AbortSignal;
}

/**
 * Works on messages, and lets those that fail wait in retry topics, so that they hold up nobody else: the
 * order of a key does not outlive a failure. What fails for the last time goes to a dead letter topic
 * with the headers of Kafka Connect. A message counts as done when its copy is written. Resolves when
 * the signal is aborted; rejects where copies cannot be written.
 *
 * @example
 * await consumeWithRetries(client, {
 *   groupId: 'billing',
 *   topics: 'orders',
 *   delaysMs: [1000, 60_000],
 *   onMessage: async (message) => charge(message.value),
 * });
 */
export async function consumeWithRetries(
  client: Client,
  options: RetryTopicsOptions,
): Promise<void> {
  const plan = planOf(options);
  await createTopics(client, plan);
  const producer = client.producer();
  const failed = new AbortController();
  const signals = [failed.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const signal = AbortSignal.any(signals);
  const runs = plan.stages.map((stage) =>
    consumeStage(client, { options, stage, producer, signal }).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  try {
    await Promise.all(runs);
  } finally {
    await Promise.allSettled(runs);
    await producer.close();
  }
}

interface Stage {
  readonly topics: readonly string[];
  readonly groupId: string;
  /** Where what fails here goes, and how long it waits there. */
  readonly next: { readonly topic: string; readonly delayMs: number } | null;
  readonly deadLetterTopic: string;
}

interface Plan {
  readonly stages: readonly Stage[];
  readonly retryTopics: readonly string[];
  readonly deadLetterTopic: string;
}

function planOf(options: RetryTopicsOptions): Plan {
  const { groupId, delaysMs, deadLetterTopic = `${groupId}-dead-letters` } = options;
  const retryTopics = options.retryTopics ?? delaysMs.map((_, i) => `${groupId}-retry-${i + 1}`);
  if (retryTopics.length !== delaysMs.length) {
    throw invalidArgument('`retryTopics` names one topic for each of `delaysMs`');
  }
  const longest = (options.consumer?.maxPollIntervalMs ?? 300_000) * LONGEST_WAIT_SHARE;
  if (delaysMs.some((delayMs) => !(delayMs >= 0 && delayMs <= longest))) {
    throw invalidArgument(
      `\`delaysMs\` are from 0 to ${longest} ms; raise \`maxPollIntervalMs\` of \`consumer\` for more`,
    );
  }
  const topics = typeof options.topics === 'string' ? [options.topics] : options.topics;
  const sources = [topics, ...retryTopics.map((topic) => [topic])];
  const stages = sources.map((source, i) => ({
    topics: source,
    groupId: i === 0 ? groupId : `${groupId}-retry-${i}`,
    next: i < delaysMs.length ? { topic: retryTopics[i]!, delayMs: delaysMs[i]! } : null,
    deadLetterTopic,
  }));
  return { stages, retryTopics, deadLetterTopic };
}

async function createTopics(client: Client, plan: Plan): Promise<void> {
  const admin = client.admin();
  const topics = [...plan.retryTopics, plan.deadLetterTopic].map((topic) => ({ topic }));
  const onFailure = (error: KafkaClientError): void => {
    if (error.code !== 'TOPIC_ALREADY_EXISTS') throw error;
  };
  try {
    await admin.createTopics(topics, { onFailure });
  } finally {
    await admin.close();
  }
}

interface StageRun {
  readonly options: RetryTopicsOptions;
  readonly stage: Stage;
  readonly producer: Producer;
  readonly signal: AbortSignal;
}

async function consumeStage(client: Client, run: StageRun): Promise<void> {
  const { options, stage, producer, signal } = run;
  const { concurrency = 1, orderBy = 'partition' } = options;
  const consumer = client.consumer({
    // A retry topic is this group's own: none of its messages is to be passed over.
    autoOffsetReset: 'earliest',
    ...options.consumer,
    groupId: stage.groupId,
  });
  consumer.subscribe(stage.topics);
  try {
    await consumer.run({
      concurrency,
      orderBy,
      signal,
      onMessage: async (message, context) => {
        await untilDue(message, AbortSignal.any([signal, context.signal]));
        await options.onMessage(message, context);
      },
      onError: async ({ messages, error }) => {
        if (signal.aborted) return 'stop';
        await producer.sendAll(messages.map((message) => copyOf(message, error, stage)));
        return 'skip';
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await consumer.close();
  }
}

/** The next place of a message that failed: a retry topic, or the dead letters. */
function copyOf(message: ConsumedMessage, error: unknown, stage: Stage) {
  const { next, deadLetterTopic, groupId } = stage;
  const topic = next?.topic ?? deadLetterTopic;
  const copy = deadLetter(message, error, { topic, groupId });
  const headers = (copy.headers as { key: string; value: Buffer | string | null }[]).filter(
    ({ key }) => key !== DUE_HEADER,
  );
  if (next !== null) headers.push({ key: DUE_HEADER, value: String(Date.now() + next.delayMs) });
  return { ...copy, headers };
}

/** Resolves when the message is to come again, at once for one that did not fail before. */
async function untilDue({ headers }: ConsumedMessage, signal: AbortSignal): Promise<void> {
  const header = headers.findLast(({ key }) => key === DUE_HEADER)?.value;
  const due = Number(header?.toString() ?? 0);
  // A timer may come a little early.
  while (due > Date.now()) {
    if (signal.aborted) throw abortedError(signal);
    await pause(due - Date.now(), signal);
  }
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
