import { type ErrorName, errorOf, errors } from '@tidelog/protocol';

/** The errors of kafkajs, by its names, so that `instanceof` and `error.type` go on to work. */
export class KafkaJSError extends Error {
  retriable: boolean;
  override cause?: Error | undefined;

  constructor(
    error: Error | string,
    options: { retriable?: boolean; cause?: Error | undefined } = {},
  ) {
    super(typeof error === 'string' ? error : error.message);
    this.name = new.target.name;
    this.retriable = options.retriable ?? true;
    this.cause = options.cause ?? (typeof error === 'string' ? undefined : error);
  }
}

/** Nothing to try again: the caller has to change something. */
export class KafkaJSNonRetriableError extends KafkaJSError {
  constructor(error: Error | string, options: { cause?: Error | undefined } = {}) {
    super(error, { ...options, retriable: false });
  }
}

/** What a broker answered: `type` is Kafka's name for it, `code` its number. */
export class KafkaJSProtocolError extends KafkaJSError {
  readonly type: string;
  readonly code: number;

  constructor(error: Error | string, options: { type?: string; retriable?: boolean } = {}) {
    const type = options.type ?? 'UNKNOWN';
    const known = Object.hasOwn(errors, type) ? errors[type as ErrorName] : errorOf(-1);
    super(error, { retriable: options.retriable ?? known.retriable });
    this.type = type;
    this.code = known.code;
  }
}

export class KafkaJSOffsetOutOfRange extends KafkaJSProtocolError {
  readonly topic: string | undefined;
  readonly partition: number | undefined;

  constructor(error: Error | string, where: { topic?: string; partition?: number } = {}) {
    super(error, { type: 'OFFSET_OUT_OF_RANGE' });
    this.topic = where.topic;
    this.partition = where.partition;
  }
}

export class KafkaJSNumberOfRetriesExceeded extends KafkaJSNonRetriableError {
  readonly retryCount: number;
  readonly retryTime: number;

  constructor(
    error: Error | string,
    options: { retryCount?: number; retryTime?: number; cause?: Error } = {},
  ) {
    super(error, options);
    this.retryCount = options.retryCount ?? 0;
    this.retryTime = options.retryTime ?? 0;
  }
}

export class KafkaJSConnectionError extends KafkaJSError {
  readonly broker: string | undefined;
  readonly code: string | undefined;

  constructor(
    error: Error | string,
    options: { broker?: string; code?: string; cause?: Error } = {},
  ) {
    super(error, options);
    this.broker = options.broker;
    this.code = options.code;
  }
}

export class KafkaJSAggregateError extends Error {
  readonly errors: readonly (Error | string)[];

  constructor(message: Error | string, failures: readonly (Error | string)[]) {
    super(typeof message === 'string' ? message : message.message);
    this.name = 'KafkaJSAggregateError';
    this.errors = failures;
  }
}

export interface DeleteGroupsResult {
  readonly groupId: string;
  readonly errorCode?: number;
  readonly error?: KafkaJSProtocolError;
}

export class KafkaJSDeleteGroupsError extends KafkaJSError {
  readonly groups: readonly DeleteGroupsResult[];

  constructor(error: Error | string, groups: readonly DeleteGroupsResult[] = []) {
    super(error);
    this.groups = groups;
  }
}

export class KafkaJSCreateTopicError extends KafkaJSProtocolError {
  readonly topic: string;

  constructor(error: Error | string, topic: string, options: { type?: string } = {}) {
    super(error, { ...options, retriable: false });
    this.topic = topic;
  }
}

export class KafkaJSDeleteTopicRecordsError extends KafkaJSError {
  readonly topic: string;
  readonly partitions: readonly { partition: number; offset: string; error: Error }[];

  constructor(failed: {
    topic: string;
    partitions: readonly { partition: number; offset: string; error: Error }[];
  }) {
    const numbers = failed.partitions.map(({ partition }) => partition).join(', ');
    super(`records of ${failed.topic} could not be deleted in partitions ${numbers}`);
    this.topic = failed.topic;
    this.partitions = failed.partitions;
    this.retriable = failed.partitions.some(({ error }) => (error as KafkaJSError).retriable);
  }
}

export class KafkaJSRequestTimeoutError extends KafkaJSError {}
export class KafkaJSTimeout extends KafkaJSNonRetriableError {}
export class KafkaJSSASLAuthenticationError extends KafkaJSNonRetriableError {}
export class KafkaJSGroupCoordinatorNotFound extends KafkaJSNonRetriableError {}
export class KafkaJSServerDoesNotSupportApiKey extends KafkaJSNonRetriableError {}
export class KafkaJSNotImplemented extends KafkaJSNonRetriableError {}

// Of what does not happen here, for programs that ask `instanceof`.
export class KafkaJSAlterPartitionReassignmentsError extends KafkaJSProtocolError {}
export class KafkaJSBrokerNotFound extends KafkaJSError {}
export class KafkaJSConnectionClosedError extends KafkaJSConnectionError {}
export class KafkaJSFetcherRebalanceError extends Error {}
export class KafkaJSInvalidLongError extends KafkaJSNonRetriableError {}
export class KafkaJSInvalidVarIntError extends KafkaJSNonRetriableError {}
export class KafkaJSInvariantViolation extends KafkaJSNonRetriableError {}
export class KafkaJSLockTimeout extends KafkaJSTimeout {}
export class KafkaJSMemberIdRequired extends KafkaJSProtocolError {}
export class KafkaJSMetadataNotLoaded extends KafkaJSError {}
export class KafkaJSNoBrokerAvailableError extends KafkaJSError {}
export class KafkaJSPartialMessageError extends KafkaJSNonRetriableError {}
export class KafkaJSStaleTopicMetadataAssignment extends KafkaJSError {}
export class KafkaJSTopicMetadataNotLoaded extends KafkaJSMetadataNotLoaded {}
export class KafkaJSUnsupportedMagicByteInMessageSet extends KafkaJSNonRetriableError {}
