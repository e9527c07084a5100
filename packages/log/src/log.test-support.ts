import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Disk, NodeDisk, NodeRandom } from '@tidelog/platform';
import {
  BatchBuilder,
  type BatchOptions,
  batchSizeBytes,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
  readRecords,
} from '@tidelog/protocol';
import {
  type Appended,
  type AppendResult,
  defaultLogConfig,
  isFailure,
  type Log,
  type LogConfig,
  LogDirectory,
  type OpenDirectoryOptions,
} from './index.ts';

export const NOW = 1_700_000_000_000;

/** Syncs cost milliseconds, and nothing crashes here. */
export class UnsyncedDisk extends NodeDisk {
  override syncDirectory(): void {}

  override syncDirectoryLater(): Promise<void> {
    return Promise.resolve();
  }
}

/** A log directory in a temporary place, opened as often as a test likes. */
export class TestDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'tidelog-log-'));
  config: LogConfig = { ...defaultLogConfig, segmentBytes: 2000, indexIntervalBytes: 100 };

  private readonly opened: LogDirectory[] = [];

  open(now = NOW, disk: Disk = new UnsyncedDisk()): LogDirectory {
    const directory = LogDirectory.open({ ...this.options(disk), now });
    this.opened.push(directory);
    return directory;
  }

  options(disk: Disk): OpenDirectoryOptions {
    const configOf = () => this.config;
    return { disk, random: new NodeRandom(), path: this.path, now: NOW, configOf };
  }

  /** Base offsets of a partition's segments. */
  segments(partition = 't-0'): number[] {
    const names = readdirSync(join(this.path, partition)).filter((name) => name.endsWith('.log'));
    return names.map((name) => Number(name.slice(0, 20))).sort((a, b) => a - b);
  }

  file(baseOffset: number, suffix: string): string {
    return join(this.path, 't-0', String(baseOffset).padStart(20, '0') + suffix);
  }

  /** Ends what a test left open: its lock would outlive it. */
  async remove(): Promise<void> {
    for (const directory of this.opened) await kill(directory);
    rmSync(this.path, { recursive: true });
  }
}

/** Ends without flushing, as a killed process does: only what was written is left. */
export async function kill(directory: LogDirectory): Promise<void> {
  directory.context.health.fail('killed');
  await directory.close();
}

export interface BatchShape extends BatchOptions {
  readonly values: readonly string[];
  readonly timestamp?: number;
}

export function batch({ values, timestamp = NOW, ...options }: BatchShape): Buffer {
  const builder = new BatchBuilder();
  values.forEach((value, i) => builder.append(timestamp + i, `key ${value}`, value));
  return Buffer.from(builder.finish(options));
}

export function marker(
  type: 'abort' | 'commit',
  producerId: number,
  producerEpoch: number,
  coordinatorEpoch = 1,
): Buffer {
  const builder = new BatchBuilder();
  builder.append(
    NOW,
    controlRecordKey(controlRecordTypes[type]),
    endTxnMarkerValue(coordinatorEpoch),
  );
  return Buffer.from(
    builder.finish({ producerId, producerEpoch, transactional: true, control: true }),
  );
}

export function append(log: Log, shape: BatchShape): Appended {
  return expectAppended(
    log.appendAsLeader(batch(shape), { leaderEpoch: 1, now: NOW, verified: 'waived' }),
  );
}

export function expectAppended(result: AppendResult): Appended {
  if (isFailure(result)) throw new Error(`${result.error.name}: ${result.message}`);
  return result;
}

/** All records from `offset` on, read as a consumer reads. */
export function readAll(log: Log, offset = log.logStartOffset, maxBytes = 300): [number, string][] {
  const found: [number, string][] = [];
  let at = offset;
  for (;;) {
    const result = log.read(at, { maxBytes, maxOffset: log.logEndOffset, minOneMessage: true });
    if (isFailure(result)) throw new Error(result.message);
    const bytes = Buffer.concat(result.records);
    if (bytes.length === 0) return found;
    for (let i = 0; i + 12 <= bytes.length && i + batchSizeBytes(bytes, i) <= bytes.length; ) {
      for (const record of readRecords(bytes, i)) {
        if (record.offset < at) continue;
        found.push([record.offset, record.value?.toString() ?? '']);
        at = record.offset + 1;
      }
      i += batchSizeBytes(bytes, i);
    }
  }
}
