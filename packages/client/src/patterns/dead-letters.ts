import type { ReceivedMessage } from '../consumer/consumed-message.ts';
import type { WorkFailure } from '../consumer/run-options.ts';
import type { ProducerMessage } from '../producer/message.ts';
import type { Producer } from '../producer/producer.ts';
import { SerdeError } from '../serde/serde.ts';

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
 * A copy of a message that failed, byte by byte, for a dead letter topic: its own headers first, then
 * those of Kafka Connect, which tell where it comes from and what went wrong.
 */
export function deadLetter(
  message: ReceivedMessage,
  error: unknown,
  options: DeadLetterOptions,
): ProducerMessage {
  const { keyBytes, valueBytes, headers, timestamp } = message;
  const failure = error instanceof Error ? error : new Error(String(error));
  const told: readonly (readonly [string, string])[] = [
    ['topic', message.topic],
    ['partition', String(message.partition)],
    ['offset', String(message.offset)],
    ['connector.name', options.groupId],
    ['task.id', options.memberId ?? '0'],
    ['stage', stageOf(error)],
    ['class.name', '@tidelog/client'],
    ['exception.class.name', failure.name],
    ['exception.message', failure.message],
    ['exception.stacktrace', failure.stack ?? ''],
  ];
  return {
    topic: options.topic,
    key: keyBytes,
    value: valueBytes,
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

/** Connect's name for what was done when it failed. */
function stageOf(error: unknown): string {
  if (!(error instanceof SerdeError)) return 'TASK_PUT';
  return error.part === 'key' ? 'KEY_CONVERTER' : 'VALUE_CONVERTER';
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
): (failure: WorkFailure<ReceivedMessage>) => Promise<'skip'> {
  return async ({ messages, error }) => {
    await producer.sendAll(messages.map((message) => deadLetter(message, error, options)));
    return 'skip';
  };
}
