import { ConnectionError } from '@tidelog/network';
import { type ErrorName, errorOf, errors } from '@tidelog/protocol';

/** What goes wrong on this side of the wire, beside what brokers answer. */
export type LocalErrorName =
  | 'ABORTED'
  | 'BUFFER_EXHAUSTED'
  | 'CLIENT_CLOSED'
  | 'DELIVERY_TIMEOUT'
  | 'DESERIALIZATION_FAILED'
  | 'INVALID_ARGUMENT'
  | 'LOG_TRUNCATION'
  | 'NO_OFFSET'
  | 'SERIALIZATION_FAILED'
  | 'SSL_AUTHENTICATION_FAILED'
  | 'TIMEOUT'
  | 'TOKEN_UNAVAILABLE'
  | 'TRANSACTION_ABORTED';

export type ClientErrorCode = ErrorName | LocalErrorName;

export interface ClientErrorOptions {
  readonly retriable?: boolean;
  readonly cause?: unknown;
  readonly transaction?: TransactionEffect;
}

/**
 * What a failure does to the transaction that it happened in: `abortable`, it can only be aborted, and the
 * next one may succeed; `fatal`, the producer can do nothing more, another one has to take its place.
 */
export type TransactionEffect = 'abortable' | 'fatal';

/**
 * Every failure of the client. `code` is Kafka's name for it (`UNKNOWN_TOPIC_OR_PARTITION`) or one of
 * the client's own; `retriable` tells that the same call may succeed later; the message is a sentence
 * that says what happened and what to do.
 */
export class KafkaClientError extends Error {
  readonly code: ClientErrorCode;
  readonly retriable: boolean;
  /** Undefined where no transaction is concerned. */
  readonly transaction: TransactionEffect | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KafkaClientError';
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.transaction = options.transaction;
  }
}

/** What to do about the errors that a user can do something about. */
const advice: { readonly [Name in ErrorName]?: string } = {
  UNKNOWN_TOPIC_OR_PARTITION: 'create it first, or check the name and the number',
  UNKNOWN_TOPIC_ID: 'the topic was deleted or created anew; look it up again',
  TOPIC_ALREADY_EXISTS: 'use the existing topic, or delete it first',
  TOPIC_AUTHORIZATION_FAILED: 'grant this principal access to the topic',
  GROUP_AUTHORIZATION_FAILED: 'grant this principal access to the group',
  CLUSTER_AUTHORIZATION_FAILED: 'grant this principal access to the cluster',
  MESSAGE_TOO_LARGE: 'send less in one record, or raise max.message.bytes of the topic',
  RECORD_LIST_TOO_LARGE: 'send less in one batch, or raise segment.bytes of the topic',
  OFFSET_OUT_OF_RANGE: 'seek to an offset that the log holds, or set `autoOffsetReset`',
  NOT_ENOUGH_REPLICAS: 'wait for replicas to come back in sync, or lower min.insync.replicas',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'wait for replicas to come back in sync',
  UNKNOWN_MEMBER_ID: 'the member was removed from its group; poll again to join anew',
  ILLEGAL_GENERATION: 'the group has rebalanced; poll again to join anew',
  REBALANCE_IN_PROGRESS: 'poll again, then commit what is still assigned',
  FENCED_INSTANCE_ID: 'another consumer uses the same `groupInstanceId`; give each its own',
  INCONSISTENT_GROUP_PROTOCOL: 'use an assignor that all members of the group have',
  GROUP_ID_NOT_FOUND: 'check the name of the group',
  NON_EMPTY_GROUP: 'stop the members of the group first',
  INVALID_REPLICATION_FACTOR: 'ask for at most as many replicas as there are brokers',
  INVALID_PARTITIONS: 'ask for at least one partition, and never for fewer than there are',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'grant this principal access to the transactional id',
  PRODUCER_FENCED: 'give each running producer a `transactionalId` of its own',
  INVALID_TRANSACTION_TIMEOUT: 'lower `transactionTimeoutMs`, or raise transaction.max.timeout.ms',
  SASL_AUTHENTICATION_FAILED: 'check who `sasl` says this is, and the password or token',
  ILLEGAL_SASL_STATE: 'this listener has no SASL; leave `sasl` out, or connect to another port',
  UNSUPPORTED_VERSION: 'the broker is too old, or too new, for this request',
  UNSUPPORTED_COMPRESSION_TYPE: 'choose another codec',
  INVALID_CONFIG: 'check the name and the value of the configuration',
  CORRUPT_MESSAGE: 'look for a failing disk or network between here and the broker',
};

/** The error of a broker's code; `subject` says what was asked for (`topic orders`). */
export function brokerError(
  errorCode: number,
  subject: string,
  detail: string | null = null,
): KafkaClientError {
  const { name, retriable, message } = errorOf(errorCode);
  const isUnknown = errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION.code;
  const own = isUnknown ? 'there is no such topic or partition' : message;
  const what = isUnknown || !detail ? own : detail.replace(/\.$/, '');
  const hint = advice[name as ErrorName];
  return new KafkaClientError(
    name as ErrorName,
    `${subject}: ${what}${hint === undefined ? '' : `; ${hint}`} (${name})`,
    { retriable },
  );
}

/** Any failure as a KafkaClientError; bugs of this client, and errors of its user, stay what they are. */
export function asClientError(error: unknown): unknown {
  if (error instanceof ConnectionError) {
    const code = error.failure === 'timed out' ? 'REQUEST_TIMED_OUT' : 'NETWORK_EXCEPTION';
    return new KafkaClientError(code, error.message, { retriable: true, cause: error });
  }
  if (error instanceof Error && error.name === 'UnsupportedFieldError') {
    const message = `the broker is too old for what was asked: ${error.message}`;
    return new KafkaClientError('UNSUPPORTED_VERSION', message, { cause: error });
  }
  return error;
}

export function isRetriable(error: unknown): boolean {
  return error instanceof KafkaClientError && error.retriable;
}

/** Throws when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

export function abortedError(signal: AbortSignal): KafkaClientError {
  return new KafkaClientError('ABORTED', 'the call was aborted by its signal', {
    cause: signal.reason,
  });
}

export function closedError(what: string): KafkaClientError {
  return new KafkaClientError('CLIENT_CLOSED', `the ${what} is closed; create a new one`);
}

export function invalidArgument(message: string): KafkaClientError {
  return new KafkaClientError('INVALID_ARGUMENT', message);
}
