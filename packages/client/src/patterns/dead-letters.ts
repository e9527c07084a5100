import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { WorkFailure } from '../consumer/run-options.ts';
import type { ProducerMessage } from '../producer/message.ts';
import type { Producer } from '../producer/producer.ts';

/** As Kafka Connect names them (KIP-298), so that its tools find what they look for. */
const PREFIX = '__connect.errors.';

export interface DeadLetterOptions {
  /** Where failed messages go. */
  readonly topic: string;
  /** Who failed: the group, in the place of Connect's connector. */
  readonly groupId: string;
  /** Which one of its members; `0` when left out. */
  readonly memberId?: string;
}

/**
 * A copy of a message that failed, for a dead letter topic: its own headers first, then those of Kafka
 * Connect, which tell where it comes from and what went wrong.
 */
export function deadLetter(
  message: ConsumedMessage,
  error: unknown,
  options: DeadLetterOptions,
): ProducerMessage {
  const { key, value, headers, timestamp } = message;
  const failure = error instanceof Error ? error : new Error(String(error));
  const told: readonly (readonly [string, string])[] = [
    ['topic', message.topic],
    ['partition', String(message.partition)],
    ['offset', String(message.offset)],
    ['connector.name', options.groupId],
    ['task.id', options.memberId ?? '0'],
    ['stage', 'TASK_PUT'],
    ['class.name', '@tidelog/client'],
    ['exception.class.name', failure.name],
    ['exception.message', failure.message],
    ['exception.stacktrace', failure.stack ?? ''],
  ];
  return {
    topic: options.topic,
    key,
    value,
    // What has died before keeps the story of its first death.
    headers: [
      ...headers,
      ...told
        .map(([name, text]) => ({ key: `${PREFIX}${name}`, value: text }))
        .filter(({ key: name }) => !headers.some((header) => header.key === name)),
    ],
    ...(timestamp >= 0 && { timestamp }),
  };
}

/**
 * What `onError` of `consumer.run` takes: messages that fail are sent to the dead letter topic, and count as
 * done when they are there. Records that cannot be read have no message to send, and are passed over.
 *
 * @example
 * await consumer.run({
 *   onMessage: handle,
 *   onError: toDeadLetters(producer, { topic: 'orders-dead-letters', groupId: 'billing' }),
 * });
 */
export function toDeadLetters(
  producer: Producer,
  options: DeadLetterOptions,
): (failure: WorkFailure) => Promise<'skip'> {
  return async ({ messages, error }) => {
    await producer.sendAll(messages.map((message) => deadLetter(message, error, options)));
    return 'skip';
  };
}
