import { invalidArgument, type KafkaClientError } from '../client-error.ts';
import type { WorkFailure } from '../consumer/run-options.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { ShareMessage } from './share-message.ts';

/** What became of acknowledgements of one partition. */
export interface AcknowledgementOutcome extends TopicPartition {
  /** In ascending order. */
  readonly offsets: readonly number[];
  /** Null where they count. Otherwise the records are, or will be, delivered again. */
  readonly error: KafkaClientError | null;
}

/**
 * Records that cannot be read: a message whose key or value its serde refuses (DESERIALIZATION_FAILED), or a
 * batch that is damaged (CORRUPT_MESSAGE, without messages). `attempt` tells how often they were delivered.
 */
export type ShareFailure = WorkFailure<ShareMessage<unknown, unknown>>;

/**
 * `stop` ends the iteration with the error, `skip` rejects the records, so that nobody gets them again, and
 * `release` leaves them to whichever member asks next.
 */
export type ShareFailureDecision = 'stop' | 'skip' | 'release';

/** Java's names in camel case, with Java's defaults. */
export interface ShareConsumerOptions {
  readonly groupId: string;
  /**
   * `share.acknowledgement.mode`: a message is accepted when the next one is asked for (`implicit`), or
   * as `acknowledge` says.
   */
  readonly acknowledgement?: 'implicit' | 'explicit';
  /**
   * `share.acquire.mode`: whole batches of the log, which may be more than `maxPollRecords`, or no more
   * than that (`record_limit`, Kafka 4.2).
   */
  readonly acquireMode?: 'batch_optimized' | 'record_limit';
  /** `max.poll.records`: how many records to acquire at once, of each broker. */
  readonly maxPollRecords?: number;
  /** `client.rack`. */
  readonly rackId?: string;
  readonly fetchMinBytes?: number;
  readonly fetchMaxBytes?: number;
  readonly fetchMaxWaitMs?: number;
  /** The most that one batch may decompress to. */
  readonly maxDecompressedBytes?: number;
  /**
   * What becomes of records that cannot be read; `stop` where it is not given. The next iteration goes on
   * behind them: a message is released then, a damaged batch rejected. A function may wait, as
   * `toDeadLetters` does; when it throws, the records are released, and the iteration ends with its error.
   */
  readonly onError?:
    | ShareFailureDecision
    | ((failure: ShareFailure) => ShareFailureDecision | Promise<ShareFailureDecision>);
  /** Is told of all acknowledgements, also of those that `commit` waits for. */
  readonly onAcknowledged?: (outcome: AcknowledgementOutcome) => void;
}

export interface ShareSettings {
  readonly groupId: string;
  readonly isExplicit: boolean;
  readonly recordLimit: boolean;
  readonly maxPollRecords: number;
  readonly rackId: string | null;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxDecompressedBytes: number;
  readonly onError: (failure: ShareFailure) => ShareFailureDecision | Promise<ShareFailureDecision>;
  readonly onAcknowledged: (outcome: AcknowledgementOutcome) => void;
}

export function shareSettings(options: ShareConsumerOptions): ShareSettings {
  const { groupId, acknowledgement = 'implicit', acquireMode = 'batch_optimized' } = options;
  if (!groupId) throw invalidArgument('a share consumer needs a `groupId`');
  if (!['implicit', 'explicit'].includes(acknowledgement)) {
    throw invalidArgument('`acknowledgement` is implicit or explicit');
  }
  if (!['batch_optimized', 'record_limit'].includes(acquireMode)) {
    throw invalidArgument('`acquireMode` is batch_optimized or record_limit');
  }
  const maxPollRecords = options.maxPollRecords ?? 500;
  if (!Number.isInteger(maxPollRecords) || maxPollRecords < 1) {
    throw invalidArgument('`maxPollRecords` is 1 at least');
  }
  const { onError = 'stop' } = options;
  if (typeof onError !== 'function' && !['stop', 'skip', 'release'].includes(onError)) {
    throw invalidArgument('`onError` is stop, skip, release or a function');
  }
  return {
    groupId,
    isExplicit: acknowledgement === 'explicit',
    recordLimit: acquireMode === 'record_limit',
    maxPollRecords,
    rackId: options.rackId ?? null,
    fetchMinBytes: options.fetchMinBytes ?? 1,
    fetchMaxBytes: options.fetchMaxBytes ?? 52_428_800,
    fetchMaxWaitMs: options.fetchMaxWaitMs ?? 500,
    maxDecompressedBytes: options.maxDecompressedBytes ?? 256 * 1024 * 1024,
    onError: typeof onError === 'string' ? () => onError : onError,
    onAcknowledged: options.onAcknowledged ?? (() => {}),
  };
}
