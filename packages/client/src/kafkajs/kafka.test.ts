import { describe, expect, it } from 'vitest';
import { KafkaClientError } from '../index.ts';
import { KafkaJSProtocolError } from './errors.ts';
import { asKafkaJSError } from './failures.ts';
import { Events } from './events.ts';
import { Kafka } from './kafka.ts';
import { createLogger, type LogEntry, logLevel } from './logging.ts';
import { checkedMessages, recordMetadata } from './messages.ts';
import { retryTimeMs } from './retry.ts';
import { saslOptions } from './sasl.ts';

describe('the entrance of kafkajs', () => {
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });

  it('refuses what kafkajs refuses', () => {
    expect(() => new Kafka({ brokers: [] })).toThrow('expected brokers array');
    expect(() => kafka.consumer({ groupId: '' })).toThrow('non-empty string');
    const contradiction = { transactionalId: 't', idempotent: false };
    expect(() => kafka.producer(contradiction)).toThrow('without idempotence');
  });

  it('says that it is not connected', async () => {
    const messages = [{ value: 'v' }];
    await expect(kafka.producer().send({ topic: 't', messages })).rejects.toMatchObject({
      name: 'KafkaJSError',
      message: 'The producer is disconnected',
    });
    await expect(kafka.admin().listTopics()).rejects.toThrow('The admin is disconnected');
    const consumer = kafka.consumer({ groupId: 'g' });
    expect(() => consumer.seek({ topic: 't', partition: 0, offset: '1' })).toThrow('#run');
  });

  it('tells of a broker that does not answer', async () => {
    const retry = { retries: 0, initialRetryTime: 1 };
    const admin = new Kafka({
      brokers: ['127.0.0.1:1'],
      retry,
      logLevel: logLevel.NOTHING,
    }).admin();
    await expect(admin.connect()).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
  });

  it('takes the mechanisms of SASL by kafkajs’s names', () => {
    const user = { username: 'u', password: 'p' };
    expect(saslOptions({ mechanism: 'scram-sha-256', ...user })).toEqual({
      mechanism: 'SCRAM-SHA-256',
      ...user,
    });
    expect(() => saslOptions({ mechanism: 'aws' } as never)).toThrow('SASL AWS is not there');
  });
});

describe('messages of kafkajs', () => {
  it('become ours, and a header with many values one key many times', () => {
    const [message] = checkedMessages({
      topicMessages: [
        { topic: 't', messages: [{ value: 'v', timestamp: '7', headers: { a: ['1', '2'] } }] },
      ],
    });
    expect(message).toEqual({
      topic: 't',
      key: null,
      value: 'v',
      timestamp: 7,
      headers: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    });
  });

  it('need a topic and a value', () => {
    const of = (topic: string, message: object) => () =>
      checkedMessages({ topicMessages: [{ topic, messages: [message as never] }] });
    expect(of('', { value: 'v' })).toThrow('Invalid topic');
    expect(of('t', {})).toThrow('Invalid message without value');
  });

  it('have one place for each partition, and the time of the broker where it gives one', () => {
    const messages = [1, 2, 3].map((timestamp) => ({ topic: 't', value: 'v', timestamp }));
    const sent = [
      { topic: 't', partition: 0, offset: 5, timestamp: 1 },
      { topic: 't', partition: 0, offset: 6, timestamp: 2 },
      { topic: 't', partition: 1, offset: 9, timestamp: 77 },
    ];
    expect(recordMetadata(messages, sent)).toMatchObject([
      { topicName: 't', partition: 0, errorCode: 0, baseOffset: '5', logAppendTime: '-1' },
      { topicName: 't', partition: 1, errorCode: 0, baseOffset: '9', logAppendTime: '77' },
    ]);
  });
});

describe('errors of kafkajs', () => {
  it('have the broker’s answer as their cause', () => {
    const error = asKafkaJSError(new KafkaClientError('MESSAGE_TOO_LARGE', 'too large'));
    expect(error).toMatchObject({
      name: 'KafkaJSNonRetriableError',
      retriable: false,
      cause: { name: 'KafkaJSProtocolError', type: 'MESSAGE_TOO_LARGE', code: 10 },
    });
  });

  it('tell that retries did not help, and why', () => {
    const cause = new KafkaClientError('NOT_LEADER_OR_FOLLOWER', 'moved', { retriable: true });
    const late = new KafkaClientError('DELIVERY_TIMEOUT', 'late', { cause });
    expect(asKafkaJSError(late)).toMatchObject({
      name: 'KafkaJSNumberOfRetriesExceeded',
      cause: { type: 'NOT_LEADER_OR_FOLLOWER' },
    });
  });

  it('leave other errors alone', () => {
    const bug = new TypeError('x');
    expect(asKafkaJSError(bug)).toBe(bug);
    expect(new KafkaJSProtocolError('x', { type: 'constructor' }).code).toBe(-1);
  });
});

describe('what is around', () => {
  it('counts the time of retries', () => {
    expect(retryTimeMs({ initialRetryTime: 300, retries: 5, maxRetryTime: 30_000 })).toBe(9300);
    expect(retryTimeMs({ initialRetryTime: 1, retries: 0 })).toBe(200);
  });

  it('logs by level and namespace, to the user’s log', () => {
    const entries: LogEntry[] = [];
    const logger = createLogger(logLevel.WARN, () => (entry) => void entries.push(entry));
    logger.namespace('Runner').warn('w', { a: 1 });
    logger.info('not at this level');
    logger.setLogLevel(logLevel.INFO);
    logger.info('i');
    expect(entries).toMatchObject([
      { namespace: 'Runner', label: 'WARN', level: 2, log: { message: 'w', a: 1 } },
      { namespace: '', label: 'INFO', log: { message: 'i' } },
    ]);
  });

  it('tells listeners of events, whatever another listener does', async () => {
    const failures: unknown[] = [];
    const events = new Events({ CONNECT: 'x.connect' } as const, (error) => failures.push(error));
    const told: unknown[] = [];
    events.on('x.connect', () => Promise.reject(new Error('listener')));
    const remove = events.on('x.connect', ({ payload }) => void told.push(payload));
    events.emit('x.connect', 1);
    remove();
    events.emit('x.connect', 2);
    await new Promise((resolve) => setImmediate(resolve));
    expect([told, failures.length]).toEqual([[1], 2]);
    expect(() => events.on('x.other', () => {})).toThrow('There is no event x.other');
  });
});
