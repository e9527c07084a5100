import type { Disk, Platform } from '@tidelog/platform';
import {
  createLogContext,
  defaultLogConfig,
  isFailure,
  Log,
  type LogContext,
  TailCache,
} from '@tidelog/log';
import {
  batchBaseOffset,
  batchIsControl,
  batchLastOffset,
  batchLeaderEpoch,
  batchSizeBytes,
} from '@tidelog/protocol';
import {
  type ControlRecordAt,
  decodeControlBatch,
  decodeSnapshot,
  type EpochStart,
  type InstalledSnapshot,
  METADATA_PARTITION,
  METADATA_TOPIC,
  METADATA_TOPIC_ID,
  type OffsetAndEpoch,
  parseQuorumState,
  type ReplicatedLog,
  type Restored,
  type SnapshotSummary,
} from '@tidelog/raft';
import type { BrokerConfig } from '../configs/broker-config.ts';
import { SnapshotFiles } from './snapshot-files.ts';

const READ_BYTES = 1 << 20;
/** What was appended is read once more, when it is committed. */
const TAIL_BYTES = 4 << 20;
const QUORUM_STATE = 'quorum-state';
/** What one batch of the metadata log may take. */
export const MAX_BATCH_BYTES = 8 << 20;

export interface MetadataStorageOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly onFailure: (cause: Error) => void;
}

/** The files of `__cluster_metadata-0`: an ordinary log, snapshots, and `quorum-state`. */
export class MetadataStorage implements ReplicatedLog {
  readonly snapshots: SnapshotFiles;
  readonly #platform: Platform;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #context: LogContext;
  readonly #log: Log;

  constructor({ platform, config, onFailure }: MetadataStorageOptions) {
    const { disk, random } = platform;
    this.#platform = platform;
    this.#disk = disk;
    this.#directory = metadataPartitionDirectory(config.metadataLogDir);
    if (!disk.exists(this.#directory)) disk.makeDirectory(this.#directory);
    this.snapshots = new SnapshotFiles(disk, this.#directory);
    this.#context = createLogContext({
      disk,
      random,
      tail: new TailCache(TAIL_BYTES),
      onFailure: (reason) => onFailure(new Error(reason)),
    });
    this.#log = Log.open({
      context: this.#context,
      directory: this.#directory,
      topic: METADATA_TOPIC,
      partition: METADATA_PARTITION,
      topicId: METADATA_TOPIC_ID,
      config: {
        ...defaultLogConfig,
        segmentBytes: config.getInt('metadata.log.segment.bytes'),
        segmentMs: config.getLong('metadata.log.segment.ms'),
        maxMessageBytes: MAX_BATCH_BYTES,
        retentionMs: -1,
        retentionBytes: -1,
      },
      now: platform.clock.now(),
      recoveryPoint: 0,
      logStartOffset: 0,
      cleanShutdown: false,
    });
    this.#startAtLatestSnapshot();
  }

  get startOffset(): number {
    return this.#log.logStartOffset;
  }

  get endOffset(): number {
    return this.#log.logEndOffset;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  restore(): Restored {
    const path = `${this.#directory}/${QUORUM_STATE}`;
    const state = this.#disk.exists(path) ? this.#disk.readFile(path).toString() : null;
    const { epochs, controls } = this.#scan();
    return {
      quorumState: state === null ? null : parseQuorumState(state),
      log: {
        startOffset: this.startOffset,
        endOffset: this.endOffset,
        epochs,
        snapshots: this.snapshots.list(),
      },
      controls,
    };
  }

  append(_baseOffset: number, batches: readonly Buffer[]): void {
    const result = this.#log.appendAsFollower(Buffer.concat(batches), {
      maxLeaderEpoch: Number.POSITIVE_INFINITY,
      now: this.#platform.clock.now(),
    });
    if (isFailure(result)) throw new Error(result.message);
  }

  sync(): Promise<void> {
    return this.#log.flushed(this.endOffset);
  }

  read(offset: number, maxBytes: number, maxOffset = this.endOffset): Buffer {
    const limits = { maxBytes, maxOffset, minOneMessage: true };
    const result = this.#log.read(offset, limits);
    if (isFailure(result)) throw new Error(result.message);
    const bytes = Buffer.concat(result.records);
    return bytes.subarray(0, wholeBatches(bytes));
  }

  /** The batches of [offset, endOffset), from the one that holds `offset`. */
  *batches(offset: number, endOffset: number): Generator<{ buffer: Buffer; at: number }> {
    for (let next = offset; next < endOffset; ) {
      const buffer = this.read(next, READ_BYTES, endOffset);
      if (buffer.length === 0) throw new Error(`the metadata log has nothing at offset ${next}`);
      for (let at = 0; at < buffer.length; at += batchSizeBytes(buffer, at)) {
        next = batchLastOffset(buffer, at) + 1;
        yield { buffer, at };
      }
    }
  }

  truncate(endOffset: number): void {
    this.#log.truncateTo(endOffset, this.#platform.clock.now());
  }

  saveQuorumState(text: string): void {
    this.#disk.replaceFile(`${this.#directory}/${QUORUM_STATE}`, text);
  }

  readSnapshot(id: OffsetAndEpoch, position: number, maxBytes: number): Buffer {
    return this.snapshots.read(id, position, maxBytes);
  }

  writeSnapshot(id: OffsetAndEpoch, position: number, bytes: Buffer): void {
    this.snapshots.writePartial(id, position, bytes);
  }

  installSnapshot(id: OffsetAndEpoch): InstalledSnapshot {
    const snapshot = this.snapshots.complete(id);
    this.#log.truncateFullyAndStartAt(id.offset, this.#platform.clock.now());
    this.snapshots.removeBelow(id.offset);
    return { snapshot, controls: decodeSnapshot(this.snapshots.readAll(id)).controls };
  }

  setHighWatermark(offset: number): void {
    this.#log.updateHighWatermark(offset);
  }

  /**
   * Writes a snapshot of this node's own (`SnapshotFiles.create`); what was removed before the last one
   * goes for good.
   */
  createSnapshot(
    id: OffsetAndEpoch,
    chunks: Iterable<Buffer>,
    goOn: () => Promise<boolean>,
  ): Promise<SnapshotSummary | null> {
    this.#context.removals.run(this.#platform.clock.now());
    return this.snapshots.create(id, chunks, goOn);
  }

  /** Deletes the log and the snapshots below a snapshot at `offset`. */
  cleanBelow(offset: number): void {
    const deleted = this.#log.deleteRecords(offset);
    if (typeof deleted !== 'number') throw new Error(deleted.message);
    this.#log.applyRetention(this.#platform.clock.now());
    this.snapshots.removeBelow(offset);
  }

  async close(): Promise<void> {
    await this.#context.removals.stop();
    await this.#log.close();
  }

  /**
   * A log that ends before its latest snapshot was about to be replaced by it. Unless the log is
   * damaged there: what came behind the snapshot was committed as well, and must not be forgotten.
   */
  #startAtLatestSnapshot(): void {
    const latest = this.snapshots.latest();
    if (latest === undefined || latest.id.offset <= this.endOffset) return;
    const { cutTail } = this.#log;
    if (cutTail !== null) {
      throw new Error(
        `the metadata log is damaged at offset ${cutTail.endOffset}: ${cutTail.reason}`,
      );
    }
    this.#log.truncateFullyAndStartAt(latest.id.offset, this.#platform.clock.now());
  }

  #scan(): { epochs: EpochStart[]; controls: ControlRecordAt[] } {
    const epochs: EpochStart[] = [];
    const controls: ControlRecordAt[] = [];
    const latest = this.snapshots.latest()?.id;
    if (latest !== undefined) {
      const { controls: records } = decodeSnapshot(this.snapshots.readAll(latest));
      controls.push(...records.map((record) => ({ offset: latest.offset - 1, record })));
    }
    for (const { buffer, at } of this.batches(this.startOffset, this.endOffset)) {
      const startOffset = batchBaseOffset(buffer, at);
      const epoch = batchLeaderEpoch(buffer, at);
      if (epoch !== epochs.at(-1)?.epoch) epochs.push({ epoch, startOffset });
      if (!batchIsControl(buffer, at) || startOffset < (latest?.offset ?? 0)) continue;
      for (const [i, record] of decodeControlBatch(buffer, at).entries()) {
        if (record !== null) controls.push({ offset: startOffset + i, record });
      }
    }
    return { epochs, controls };
  }
}

export function metadataPartitionDirectory(metadataLogDir: string): string {
  return `${metadataLogDir}/${METADATA_TOPIC}-${METADATA_PARTITION}`;
}

/** The length of the whole batches at the front. */
function wholeBatches(bytes: Buffer): number {
  let end = 0;
  while (bytes.length - end >= 12 && batchSizeBytes(bytes, end) <= bytes.length - end) {
    end += batchSizeBytes(bytes, end);
  }
  return end;
}
