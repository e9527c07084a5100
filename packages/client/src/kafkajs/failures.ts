/** Failures of this client, as kafkajs throws them. */
import { errors } from '@tidelog/protocol';
import { KafkaClientError } from '../index.ts';
import {
  type KafkaJSError,
  KafkaJSNonRetriableError,
  KafkaJSProtocolError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSConnectionError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSServerDoesNotSupportApiKey,
} from './errors.ts';

/**
 * A failure of this client as kafkajs tells it. What was tried until its time was over comes as
 * KafkaJSNumberOfRetriesExceeded, what would fail again as KafkaJSNonRetriableError, each with the
 * broker's answer as its cause.
 */
export function asKafkaJSError(error: unknown): unknown {
  if (!(error instanceof KafkaClientError)) return error;
  const { code, message, retriable } = error;
  if (code === 'INVALID_ARGUMENT' || code === 'CLIENT_CLOSED') {
    return new KafkaJSNonRetriableError(message, { cause: error });
  }
  if (code === 'NETWORK_EXCEPTION') return new KafkaJSConnectionError(message, { cause: error });
  if (code === 'REQUEST_TIMED_OUT')
    return new KafkaJSRequestTimeoutError(message, { cause: error });
  if (code === 'SASL_AUTHENTICATION_FAILED') return new KafkaJSSASLAuthenticationError(message);
  if (code === 'UNSUPPORTED_VERSION') return new KafkaJSServerDoesNotSupportApiKey(message);
  if (!Object.hasOwn(errors, code)) return timedOut(error);
  const answer = new KafkaJSProtocolError(error, { type: code });
  if (retriable) return new KafkaJSNumberOfRetriesExceeded(message, { cause: answer });
  return new KafkaJSNonRetriableError(message, { cause: answer });
}

/** What a broker answered, as kafkajs's admin throws it: the name in `type`. */
export function protocolErrorOf(error: KafkaClientError): KafkaJSProtocolError {
  return new KafkaJSProtocolError(error, { type: error.code });
}

/** Awaits a call of an admin, and throws as kafkajs's admin does. */
export async function translatedAnswer<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const isAnswer = error instanceof KafkaClientError && Object.hasOwn(errors, error.code);
    if (!isAnswer || error.code === 'NETWORK_EXCEPTION') throw asKafkaJSError(error);
    throw protocolErrorOf(error);
  }
}

/** The time for something is over; why it did not succeed before stands in the cause. */
function timedOut(error: KafkaClientError): KafkaJSError {
  const why = error.cause === undefined ? undefined : asKafkaJSError(error.cause);
  const cause = why instanceof KafkaJSNumberOfRetriesExceeded ? why.cause : why;
  return new KafkaJSNumberOfRetriesExceeded(error.message, {
    cause: cause instanceof Error ? cause : error,
  });
}

/** Awaits a call of this client, and throws as kafkajs does. */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw asKafkaJSError(error);
  }
}
