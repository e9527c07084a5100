import type { ConsumedMessage, ProducerMessage, SentRecord } from '../index.ts';
import { KafkaJSNonRetriableError } from './errors.ts';
import type { IHeaders, KafkaMessage, ProducerBatch, RecordMetadata } from './types.ts';

/** All messages of a batch as ours. Throws as kafkajs does where one has no topic or no value. */
export function checkedMessages({ topicMessages }: ProducerBatch): ProducerMessage[] {
  const now = Date.now();
  return (topicMessages ?? []).flatMap(({ topic, messages }) => {
    if (!topic) throw new KafkaJSNonRetriableError('Invalid topic');
    if (!Array.isArray(messages)) {
      throw new KafkaJSNonRetriableError(
        `Invalid messages array [${String(messages)}] for topic "${topic}"`,
      );
    }
    return messages.map((message) => {
      if (message.value === undefined) {
        throw new KafkaJSNonRetriableError(
          `Invalid message without value for topic "${topic}": ${JSON.stringify(message)}`,
        );
      }
      const { key, value, partition, headers, timestamp } = message;
      return {
        topic,
        key: key ?? null,
        value,
        timestamp: timestamp === undefined ? now : Number(timestamp),
        ...(partition !== undefined && partition !== null && { partition }),
        ...(headers !== undefined && { headers: headerList(headers) }),
      };
    });
  });
}

/** A header with many values is one with the same key many times. */
function headerList(headers: IHeaders): { key: string; value: Buffer | string | null }[] {
  return Object.entries(headers).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value ?? null]).map((one) => ({ key, value: one })),
  );
}

export function recordMetadata(
  messages: readonly ProducerMessage[],
  sent: readonly SentRecord[],
): RecordMetadata[] {
  const byPartition = new Map<string, RecordMetadata & { baseOffset: string }>();
  for (const [i, { topic, partition, offset, timestamp }] of sent.entries()) {
    const key = `${topic}-${partition}`;
    const known = byPartition.get(key);
    if (known !== undefined && Number(known.baseOffset) <= offset) continue;
    // The broker tells its own time only where the topic takes that for its records.
    const isOwn = timestamp === messages[i]!.timestamp;
    byPartition.set(key, {
      topicName: topic,
      partition,
      errorCode: 0,
      baseOffset: String(offset),
      logAppendTime: isOwn ? '-1' : String(timestamp),
      logStartOffset: '-1',
    });
  }
  return [...byPartition.values()];
}

/** A message that was read, in kafkajs's shape. */
export function kafkaMessage(message: ConsumedMessage): KafkaMessage {
  const headers = new Map<string, Buffer | Buffer[]>();
  for (const { key, value } of message.headers) {
    const before = headers.get(key);
    // A header without a value is null, though kafkajs's types know none.
    const one = value as Buffer;
    if (before === undefined) headers.set(key, one);
    else headers.set(key, [...(Array.isArray(before) ? before : [before]), one]);
  }
  return {
    key: message.key,
    value: message.value,
    timestamp: String(message.timestamp),
    attributes: 0,
    offset: String(message.offset),
    // Names of headers are the sender's: one that is `__proto__` stays a name.
    headers: Object.fromEntries(headers),
  };
}
