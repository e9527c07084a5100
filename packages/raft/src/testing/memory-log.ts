import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchSizeBytes,
} from '@tidelog/protocol';
import { parseQuorumState } from '../election/quorum-state.ts';
import type { OffsetAndEpoch } from '../keys.ts';
import type { InstalledSnapshot, ReplicatedLog } from '../node/replicated-log.ts';
import { decodeControlBatch } from '../replication/control-batches.ts';
import type { EpochStart, SnapshotSummary } from '../replication/log-view.ts';
import type { ControlRecordAt, Restored } from '../restored.ts';
import { decodeSnapshot } from '../snapshot/snapshot-file.ts';
import { snapshotFileName } from '../snapshot/snapshot-name.ts';

/** A batch and what its header says. */
export interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly crc: number;
  readonly bytes: Buffer;
}

const CRC_AT = 17;
/** Reads are short, so that followers and snapshots need several. */
const PIECE_BYTES = 100;

interface Content {
  startOffset: number;
  batches: StoredBatch[];
  snapshots: Map<string, { id: OffsetAndEpoch; file: Buffer }>;
}

/** A replicated log in memory that can lose what wasn't synced, as a crash does. */
export class MemoryLog implements ReplicatedLog {
  #now: Content = { startOffset: 0, batches: [], snapshots: new Map() };
  #durable: Content = copyOf(this.#now);
  #partial = new Map<string, Buffer>();
  quorumState: string | null = null;
  highWatermark = 0;

  get startOffset(): number {
    return this.#now.startOffset;
  }

  get endOffset(): number {
    const last = this.#now.batches.at(-1);
    return last === undefined ? this.#now.startOffset : last.lastOffset + 1;
  }

  get batches(): readonly StoredBatch[] {
    return this.#now.batches;
  }

  get snapshots(): readonly { id: OffsetAndEpoch; file: Buffer }[] {
    return [...this.#now.snapshots.values()].sort((a, b) => a.id.offset - b.id.offset);
  }

  restore(): Restored {
    const { startOffset, batches } = this.#now;
    const epochs: EpochStart[] = [];
    const latest = this.snapshots.at(-1);
    const controls: ControlRecordAt[] = [];
    if (latest !== undefined) {
      for (const record of decodeSnapshot(latest.file).controls) {
        controls.push({ offset: latest.id.offset - 1, record });
      }
    }
    for (const { baseOffset, epoch, bytes } of batches) {
      if (epoch !== epochs.at(-1)?.epoch) epochs.push({ epoch, startOffset: baseOffset });
      if (baseOffset < (latest?.id.offset ?? 0)) continue;
      decodeControlBatch(bytes, 0).forEach((record, index) => {
        if (record !== null) controls.push({ offset: baseOffset + index, record });
      });
    }
    const snapshots = this.snapshots.map(({ id, file }) => ({ id, sizeBytes: file.length }));
    return {
      quorumState: this.quorumState === null ? null : parseQuorumState(this.quorumState),
      log: { startOffset, endOffset: this.endOffset, epochs, snapshots },
      controls,
    };
  }

  append(baseOffset: number, batches: readonly Buffer[]): void {
    if (baseOffset !== this.endOffset) throw new Error(`append at ${baseOffset}`);
    for (const buffer of batches) {
      for (let at = 0; at < buffer.length; at += batchSizeBytes(buffer, at)) {
        const size = batchSizeBytes(buffer, at);
        this.#now.batches.push(stored(Buffer.from(buffer.subarray(at, at + size))));
      }
    }
  }

  sync(): Promise<void> {
    this.beginSync()();
    return Promise.resolve();
  }

  /** What is there now is durable once the function that it returns is called. */
  beginSync(): () => void {
    const content = copyOf(this.#now);
    return () => {
      this.#durable = content;
    };
  }

  /** True when the record at `offset`, of `epoch`, survives a crash. */
  isDurable(offset: number, epoch: number): boolean {
    const { startOffset, batches } = this.#durable;
    if (offset < startOffset) return true;
    const batch = batches.findLast(({ baseOffset }) => baseOffset <= offset);
    return batch !== undefined && batch.lastOffset >= offset && batch.epoch === epoch;
  }

  /** Forgets what wasn't synced. */
  crash(): void {
    this.#now = copyOf(this.#durable);
    this.#partial.clear();
    this.highWatermark = 0;
  }

  read(offset: number, maxBytes: number): Buffer {
    const first = this.#now.batches.findIndex((batch) => batch.lastOffset >= offset);
    const found: Buffer[] = [];
    let sizeBytes = 0;
    for (const { bytes } of first < 0 ? [] : this.#now.batches.slice(first)) {
      if (found.length > 0 && sizeBytes + bytes.length > Math.min(maxBytes, PIECE_BYTES)) break;
      found.push(bytes);
      sizeBytes += bytes.length;
    }
    return Buffer.concat(found);
  }

  truncate(endOffset: number): void {
    if (endOffset < this.highWatermark) throw new Error(`cut at ${endOffset}, which is committed`);
    this.#now.batches = this.#now.batches.filter((batch) => batch.lastOffset < endOffset);
  }

  saveQuorumState(text: string): void {
    this.quorumState = text;
  }

  readSnapshot(id: OffsetAndEpoch, position: number, maxBytes: number): Buffer {
    const { file } = this.#now.snapshots.get(snapshotFileName(id)) ?? {};
    if (file === undefined) throw new Error(`no snapshot ${snapshotFileName(id)}`);
    return file.subarray(position, position + Math.min(maxBytes, PIECE_BYTES));
  }

  writeSnapshot(id: OffsetAndEpoch, position: number, bytes: Buffer): void {
    const name = snapshotFileName(id);
    const before = this.#partial.get(name)?.subarray(0, position) ?? Buffer.alloc(0);
    if (before.length !== position) throw new Error(`a gap in ${name} at ${position}`);
    this.#partial.set(name, Buffer.concat([before, bytes]));
  }

  installSnapshot(id: OffsetAndEpoch): InstalledSnapshot {
    const name = snapshotFileName(id);
    const file = this.#partial.get(name) ?? Buffer.alloc(0);
    this.#partial.clear();
    const snapshots = new Map([[name, { id, file }]]);
    this.#now = { startOffset: id.offset, batches: [], snapshots };
    this.#durable = copyOf(this.#now);
    const { controls } = decodeSnapshot(file);
    return { snapshot: { id, sizeBytes: file.length }, controls };
  }

  setHighWatermark(offset: number): void {
    this.highWatermark = offset;
  }

  /** Stores a snapshot, durably, as the state machine does. */
  addSnapshot(id: OffsetAndEpoch, file: Buffer): SnapshotSummary {
    this.#now.snapshots.set(snapshotFileName(id), { id, file });
    this.#durable.snapshots.set(snapshotFileName(id), { id, file });
    return { id, sizeBytes: file.length };
  }

  /** Deletes what a snapshot at `startOffset` replaces. */
  deleteBelow(startOffset: number): void {
    for (const content of [this.#now, this.#durable]) {
      content.startOffset = startOffset;
      content.batches = content.batches.filter((batch) => batch.lastOffset >= startOffset);
      for (const [name, { id }] of content.snapshots) {
        if (id.offset < startOffset) content.snapshots.delete(name);
      }
    }
  }
}

function stored(bytes: Buffer): StoredBatch {
  return {
    baseOffset: batchBaseOffset(bytes, 0),
    lastOffset: batchLastOffset(bytes, 0),
    epoch: batchLeaderEpoch(bytes, 0),
    crc: bytes.readUInt32BE(CRC_AT),
    bytes,
  };
}

function copyOf({ startOffset, batches, snapshots }: Content): Content {
  return { startOffset, batches: [...batches], snapshots: new Map(snapshots) };
}
