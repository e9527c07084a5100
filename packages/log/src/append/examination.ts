import {
  batchCodec,
  batchMagic,
  batchSizeBytes,
  BATCH_HEADER_SIZE,
  checkProducedBatch,
  codecs,
  MAGIC_V2,
} from '@tidelog/protocol';
import type { ComputingTask, Parcel } from '@tidelog/platform';
import {
  type ExaminationConfig,
  type ExaminationResult,
  examineBatch,
  needsCodec,
} from './examine-batch.ts';
import { ANY_CODEC_PRODUCE_VERSION, type LeaderAppend } from './leader-append.ts';

/** By what a batch is examined, wherever that happens. */
export interface ExaminationRules {
  readonly config: ExaminationConfig;
  /** Wall-clock time (ms) at which the batch came; its append time where the topic wants that. */
  readonly now: number;
}

/** A batch with its rules, in memory of its own, to be handed to `examinationTask`. */
export type Examination = Parcel<ExaminationRules>;

/**
 * Up to this size a batch is examined in the turn in which it came, because that costs less than two changes of
 * thread: what it can decompress to at worst, 2 to 8 MiB, takes a few milliseconds.
 */
const IN_TURN_BYTES = new Map<number, number>([
  [codecs.none, 8192],
  [codecs.gzip, 2048],
  [codecs.snappy, 8192],
  [codecs.lz4, 8192],
  [codecs.zstd, 256],
]);

/** Whether the records, if they are a batch at all, take longer to examine than a turn should. */
export function takesLong(records: Buffer, config: ExaminationConfig): boolean {
  if (records.length < BATCH_HEADER_SIZE || batchMagic(records, 0) !== MAGIC_V2) return false;
  if (!needsCodec(records, config)) return false;
  return batchSizeBytes(records, 0) > (IN_TURN_BYTES.get(batchCodec(records, 0)) ?? 0);
}

/**
 * What has to be computed elsewhere before records that take long can be appended, with a copy of the batch; null
 * where they are refused at once.
 */
export function examinationOf(
  records: Buffer,
  config: ExaminationConfig,
  { now, produceVersion = ANY_CODEC_PRODUCE_VERSION }: Pick<LeaderAppend, 'now' | 'produceVersion'>,
): Examination | null {
  const limits = { produceVersion, maxSizeBytes: config.maxMessageBytes };
  if (checkProducedBatch(records, 0, records.length, limits) !== undefined) return null;
  const bytes = new Uint8Array(batchSizeBytes(records, 0));
  bytes.set(records.subarray(0, bytes.length));
  return { bytes, note: { config: examinationConfig(config), now } };
}

/** Examines in a thread. */
export const examinationTask: ComputingTask<ExaminationRules, ExaminationResult> = {
  compute({ bytes, note: { config, now } }) {
    const batch = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const examined = examineBatch(batch, config, now);
    return Buffer.isBuffer(examined)
      ? { bytes: examined as Uint8Array<ArrayBuffer>, note: { problem: null } }
      : { bytes: new Uint8Array(0), note: { problem: examined } };
  },
  entries: [
    new URL('../examination-worker.js', import.meta.url), // compiled
    new URL('examination-worker.cjs', import.meta.url), // bundled
    new URL('../../dist/examination-worker.js', import.meta.url), // run from source
  ],
};

/** Of the whole configuration only what is needed is copied to another thread. */
function examinationConfig(config: ExaminationConfig): ExaminationConfig {
  return {
    compact: config.compact,
    compressionGzipLevel: config.compressionGzipLevel,
    compressionLz4Level: config.compressionLz4Level,
    compressionType: config.compressionType,
    compressionZstdLevel: config.compressionZstdLevel,
    maxMessageBytes: config.maxMessageBytes,
    messageTimestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    messageTimestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    messageTimestampType: config.messageTimestampType,
  };
}
