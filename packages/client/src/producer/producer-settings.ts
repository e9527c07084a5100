import { type CodecName, codecNamed, compressionLevels } from '@tidelog/protocol';
import type { TopicMetadata } from '../cluster/metadata.ts';
import { invalidArgument } from '../client-error.ts';
import type { ProducerMessage } from './message.ts';

/**
 * Chooses the partition of a record. `undefined` leaves it to the built-in rule: murmur2 of the key, as
 * Java's producer, or a sticky partition where there is no key.
 */
export type Partitioner = (message: ProducerMessage, topic: TopicMetadata) => number | undefined;

/** Java's names in camel case, with Java's defaults. */
export interface ProducerOptions {
  /** Who must have a record before it counts as sent: all in-sync replicas, the leader, nobody (`acks`). */
  readonly acks?: 'all' | 1 | 0;
  /** Exactly one copy of each record in order, whatever is retried (`enable.idempotence`). Needs acks `all`. */
  readonly idempotence?: boolean;
  /**
   * What a batch takes on the wire (`batch.size`), estimated by how earlier ones compressed; 0 gives each record
   * a batch of its own.
   */
  readonly batchSizeBytes?: number;
  /** How long a record may wait for others to share its batch (`linger.ms`). */
  readonly lingerMs?: number;
  /** `compression.type`. */
  readonly compression?: CodecName;
  /** As `compression.gzip.level`, `compression.lz4.level`, `compression.zstd.level` (KIP-390). */
  readonly compressionLevel?: number;
  /** Requests under way to each broker (`max.in.flight.requests.per.connection`); at most 5 with idempotence. */
  readonly maxInFlight?: number;
  /** A larger record is refused before it is sent (`max.request.size`). */
  readonly maxRequestSizeBytes?: number;
  /** From `send` to the answer, retries included (`delivery.timeout.ms`). */
  readonly deliveryTimeoutMs?: number;
  /** How long a broker may take for an answer (`request.timeout.ms`). */
  readonly requestTimeoutMs?: number;
  /** Bytes of records that may wait to be sent (`buffer.memory`); beyond it `send` waits. */
  readonly bufferMemoryBytes?: number;
  /**
   * How long `send` may wait for room, or for the topic's partitions, and each request to a transaction coordinator
   * for its answer (`max.block.ms`).
   */
  readonly maxBlockMs?: number;
  /** `partitioner.class`. */
  readonly partitioner?: Partitioner;
  /** Records with keys go to the sticky partition too (`partitioner.ignore.keys`). */
  readonly partitionerIgnoreKeys?: boolean;
  /** The sticky partition is the likelier the shorter its queue (`partitioner.adaptive.partitioning.enable`). */
  readonly partitionerAdaptive?: boolean;
  /**
   * A leader that could take nothing for longer than this gets no records without a key
   * (`partitioner.availability.timeout.ms`); 0 for however long.
   */
  readonly partitionerAvailabilityTimeoutMs?: number;
  /**
   * Names the producer across restarts (`transactional.id`), for transactions: a new producer with the same
   * name ends what the one before has left open, and fences it off.
   */
  readonly transactionalId?: string;
  /** After this long the coordinator aborts a transaction that was not ended (`transaction.timeout.ms`). */
  readonly transactionTimeoutMs?: number;
  /** Let a broker create topics that do not exist, when it is configured so. */
  readonly allowAutoTopicCreation?: boolean;
}

export interface ProducerSettings {
  /** As on the wire: -1 for all. */
  readonly acks: -1 | 0 | 1;
  readonly idempotence: boolean;
  readonly batchSizeBytes: number;
  readonly lingerMs: number;
  readonly codec: number;
  readonly compressionLevel: number | undefined;
  readonly maxInFlight: number;
  readonly maxRequestSizeBytes: number;
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly bufferMemoryBytes: number;
  readonly maxBlockMs: number;
  readonly partitioner: Partitioner | undefined;
  readonly partitionerIgnoreKeys: boolean;
  readonly partitionerAdaptive: boolean;
  readonly partitionerAvailabilityTimeoutMs: number;
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  readonly allowAutoTopicCreation: boolean;
}

export function producerSettings(options: ProducerOptions): ProducerSettings {
  const acks = options.acks ?? 'all';
  const idempotence = options.idempotence ?? acks === 'all';
  const settings: ProducerSettings = {
    acks: acks === 'all' ? -1 : acks,
    idempotence,
    batchSizeBytes: options.batchSizeBytes ?? 16_384,
    lingerMs: options.lingerMs ?? 5,
    codec: codecOf(options.compression ?? 'none'),
    compressionLevel: options.compressionLevel,
    maxInFlight: options.maxInFlight ?? 5,
    maxRequestSizeBytes: options.maxRequestSizeBytes ?? 1_048_576,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    bufferMemoryBytes: options.bufferMemoryBytes ?? 33_554_432,
    maxBlockMs: options.maxBlockMs ?? 60_000,
    partitioner: options.partitioner,
    partitionerIgnoreKeys: options.partitionerIgnoreKeys ?? false,
    partitionerAdaptive: options.partitionerAdaptive ?? true,
    partitionerAvailabilityTimeoutMs: options.partitionerAvailabilityTimeoutMs ?? 0,
    transactionalId: options.transactionalId ?? null,
    transactionTimeoutMs: options.transactionTimeoutMs ?? 60_000,
    allowAutoTopicCreation: options.allowAutoTopicCreation ?? true,
  };
  check(settings, options.compression);
  return settings;
}

/** The number on the wire; throws INVALID_ARGUMENT. */
export function codecOf(name: string): number {
  const codec = codecNamed(name);
  if (codec === undefined) {
    throw invalidArgument(`\`compression\` is none, gzip, snappy, lz4 or zstd, not ${name}`);
  }
  return codec;
}

function check(settings: ProducerSettings, compression: CodecName | undefined): void {
  const { acks, idempotence, maxInFlight, compressionLevel } = settings;
  if (![-1, 0, 1].includes(acks)) throw invalidArgument("`acks` is 'all', 1 or 0");
  if (idempotence && acks !== -1) {
    throw invalidArgument("idempotence needs `acks: 'all'`; set `idempotence: false` for less");
  }
  checkNumbers(settings);
  checkTransactional(settings);
  if (!(maxInFlight >= 1)) throw invalidArgument('`maxInFlight` is at least 1');
  if (idempotence && maxInFlight > 5) {
    throw invalidArgument('with idempotence `maxInFlight` is at most 5, what brokers remember');
  }
  if (compressionLevel === undefined) return;
  const range = compressionLevels[compression as keyof typeof compressionLevels];
  if (range === undefined) throw invalidArgument(`${compression ?? 'none'} has no levels`);
  if (compressionLevel < range.min || compressionLevel > range.max) {
    throw invalidArgument(`the level of ${compression} is ${range.min} to ${range.max}`);
  }
}

function checkTransactional(settings: ProducerSettings): void {
  const { transactionalId, transactionTimeoutMs, idempotence } = settings;
  if (transactionalId === null) return;
  if (transactionalId === '') throw invalidArgument('`transactionalId` is not empty');
  if (!idempotence) throw invalidArgument('`transactionalId` needs `idempotence`');
  if (!(transactionTimeoutMs >= 1)) throw invalidArgument('`transactionTimeoutMs` is at least 1');
}

function checkNumbers(settings: ProducerSettings): void {
  for (const name of notNegative) {
    if (!(settings[name] >= 0)) throw invalidArgument(`\`${name}\` is a number, and not negative`);
  }
}

const notNegative = [
  'batchSizeBytes',
  'lingerMs',
  'maxRequestSizeBytes',
  'deliveryTimeoutMs',
  'requestTimeoutMs',
  'bufferMemoryBytes',
  'maxBlockMs',
  'partitionerAvailabilityTimeoutMs',
] as const;
