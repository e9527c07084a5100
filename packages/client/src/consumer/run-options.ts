import { invalidArgument } from '../client-error.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { MessageBatch } from './message-batch.ts';

/** What is handed over with a message. */
export interface WorkContext {
  /** Aborted when the work is of no use any more: its partition is lost, or its time is over. */
  readonly signal: AbortSignal;
}

/** Something that went wrong with messages of one partition. */
export interface WorkFailure<Message = ConsumedMessage> extends TopicPartition {
  readonly error: unknown;
  /** Of the first message. */
  readonly offset: number;
  /** Empty where the records cannot be read (CORRUPT_MESSAGE). */
  readonly messages: readonly Message[];
  /** How often it has been tried, from 1. */
  readonly attempt: number;
}

/** `stop` ends the run with the error, `skip` counts the messages as done, `retry` tries them again. */
export type FailureDecision = 'stop' | 'skip' | 'retry';

export interface RunOptions<Message = ConsumedMessage> {
  /** Messages that are in work at once; 1 where it is not given. */
  readonly concurrency?: number;
  /**
   * What keeps its order: the messages of a partition, or those of a partition that have the same key
   * (those without a key among themselves).
   */
  readonly orderBy?: 'partition' | 'key';
  /** Works on one message; it is done when the promise resolves. */
  readonly onMessage?: (message: Message, context: WorkContext) => unknown;
  /** Works on what was fetched of one partition, instead; only in the order of partitions. */
  readonly onBatch?: (batch: MessageBatch<Message>, context: WorkContext) => unknown;
  /** What becomes of messages that cannot be worked on, or not be read; `stop` where it is not given. */
  readonly onError?:
    | Exclude<FailureDecision, 'retry'>
    | ((failure: WorkFailure<Message>) => FailureDecision | Promise<FailureDecision>);
  /** Ends the run: what is in work is finished, and the promise resolves. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunSettings {
  readonly concurrency: number;
  readonly orderBy: 'partition' | 'key';
  readonly onError: (failure: WorkFailure) => FailureDecision | Promise<FailureDecision>;
  readonly signal: AbortSignal | undefined;
}

export function runSettings(options: RunOptions): RunSettings {
  const { concurrency = 1, orderBy = 'partition', onMessage, onBatch, onError = 'stop' } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw invalidArgument('`concurrency` is a whole number from 1 on');
  }
  if ((onMessage === undefined) === (onBatch === undefined)) {
    throw invalidArgument('`run` takes either `onMessage` or `onBatch`');
  }
  if (onBatch !== undefined && orderBy === 'key') {
    throw invalidArgument('a batch holds many keys; order by partition, or use `onMessage`');
  }
  return {
    concurrency,
    orderBy,
    onError: typeof onError === 'string' ? () => onError : onError,
    signal: options.signal,
  };
}
