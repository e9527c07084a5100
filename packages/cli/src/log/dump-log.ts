import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parsePartitionDirectory } from '@tidelog/log';
import { CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import type { Column, OutputSettings } from '../terminal/output.ts';
import { RowStream } from '../terminal/row-stream.ts';
import { type Decoding, decodingOf } from './decode-records.ts';
import * as index from './dump-index.ts';
import type { DumpRow } from './dump-row.ts';
import { dumpSegment, segmentColumns } from './dump-segment.ts';
import * as text from './dump-text.ts';

export interface DumpLogSettings extends OutputSettings {
  readonly records?: boolean;
  readonly decode: 'auto' | Decoding;
  readonly problems?: boolean;
}

interface FileKind {
  readonly pattern: RegExp;
  readonly columns: readonly Column<DumpRow>[];
  readonly rows: (path: string, baseOffset: number, settings: DumpLogSettings) => Iterable<DumpRow>;
}

/** While a file waits for its removal, or is being written, it has one name more. */
const STATE = '(?:\\.deleted|\\.cleaned|\\.swap)?$';

/** What is in the directories of Kafka, by name. */
const kinds: readonly FileKind[] = [
  { pattern: new RegExp(`^\\d{20}\\.log${STATE}`), columns: segmentColumns, rows: segmentRows },
  {
    pattern: /^(?:bootstrap|\d{20}-\d{10}.*)\.checkpoint(?:\.deleted|\.part)?$/,
    columns: segmentColumns,
    rows: segmentRows,
  },
  {
    pattern: new RegExp(`^\\d{20}\\.index${STATE}`),
    columns: index.offsetIndexColumns,
    rows: index.dumpOffsetIndex,
  },
  {
    pattern: new RegExp(`^\\d{20}\\.timeindex${STATE}`),
    columns: index.timeIndexColumns,
    rows: index.dumpTimeIndex,
  },
  {
    pattern: new RegExp(`^\\d{20}\\.txnindex${STATE}`),
    columns: index.transactionIndexColumns,
    rows: index.dumpTransactionIndex,
  },
  {
    pattern: new RegExp(`^\\d{20}\\.snapshot${STATE}`),
    columns: index.producerColumns,
    rows: index.dumpProducerSnapshot,
  },
  {
    pattern: /^leader-epoch-checkpoint$/,
    columns: text.leaderEpochColumns,
    rows: text.dumpLeaderEpochs,
  },
  {
    pattern:
      /^(?:recovery-point-offset|log-start-offset|replication-offset|cleaner-offset)-checkpoint$/,
    columns: text.checkpointColumns,
    rows: text.dumpOffsetCheckpoint,
  },
  {
    pattern: /^(?:meta\.properties|partition\.metadata)$/,
    columns: text.propertyColumns,
    rows: text.dumpProperties,
  },
  {
    pattern: /^(?:quorum-state|\.kafka_cleanshutdown)$/,
    columns: text.propertyColumns,
    rows: text.dumpJson,
  },
];

/** Shows what files of a log directory hold. Only reads; a file that a broker is writing may end early. */
export async function dumpLog(call: Call<DumpLogSettings>): Promise<void> {
  const { settings, terminal } = call;
  const stream = new RowStream<DumpRow & { file: string }>(terminal, settings.output);
  const signal = terminal.stopped();
  for (const path of call.args.flatMap((path) => filesOf(path))) {
    const name = basename(path);
    const kind = kinds.find(({ pattern }) => pattern.test(name));
    if (kind === undefined)
      throw new CommandError(`${path} is no file of a log that is known here`);
    await stream.begin(path, kind.columns);
    const baseOffset = Number(/^\d{20}/.exec(name)?.[0] ?? 0);
    for (const row of readable(path, kind.rows(path, baseOffset, settings))) {
      if (signal.aborted) break;
      if (settings.problems && row.type !== 'problem') continue;
      await stream.add({ file: path, ...row });
    }
  }
  await stream.end();
}

function segmentRows(path: string, _: number, { decode, records }: DumpLogSettings) {
  const directory = parsePartitionDirectory(basename(dirname(resolve(path))));
  const decoding = decode === 'auto' ? decodingOf(directory?.topic ?? '') : decode;
  return dumpSegment(path, { decoding, isDeep: records ?? false });
}

/** A directory stands for the files in it that are known, in the order of their names. */
function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path)
      .filter((name) => kinds.some(({ pattern }) => pattern.test(name)))
      .toSorted()
      .map((name) => join(path, name));
    if (files.length > 0) return files;
  } catch (error) {
    throw unreadable(path, error);
  }
  throw new CommandError(`${path} holds no files of a log; name the directory of a partition`);
}

function* readable(path: string, rows: Iterable<DumpRow>): Generator<DumpRow> {
  try {
    yield* rows;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new CommandError(`cannot read ${path}: ${message}`);
}
