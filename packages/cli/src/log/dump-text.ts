import { readFileSync } from 'node:fs';
import { isSecret } from '../connection/client-properties.ts';
import type { Column } from '../terminal/output.ts';
import type { Plain } from '../terminal/yaml.ts';
import type { DumpRow } from './dump-row.ts';

/** Kafka's text checkpoints: a version, a count, an entry a line. */
function* entriesOf(path: string, fields: number): Generator<string[] | DumpRow> {
  const lines = readFileSync(path, 'utf8').split('\n');
  const [version, count, ...rest] = lines;
  const entries = rest.filter((line) => line.trim() !== '');
  if (version !== '0') {
    yield { type: 'problem', position: 0, problem: `version ${version} of a checkpoint` };
    return;
  }
  for (const line of entries) {
    const words = line.trim().split(/\s+/);
    if (words.length === fields) yield words;
    else yield { type: 'problem', position: 0, problem: `no entry of a checkpoint: ${line}` };
  }
  if (Number(count) !== entries.length) {
    const problem = `the checkpoint counts ${count} entries and has ${entries.length}`;
    yield { type: 'problem', position: 0, problem };
  }
}

/** `leader-epoch-checkpoint`: where each epoch began. */
export function* dumpLeaderEpochs(path: string): Generator<DumpRow> {
  for (const entry of entriesOf(path, 2)) {
    if (!Array.isArray(entry)) yield entry;
    else yield { type: 'leader-epoch', epoch: Number(entry[0]), startOffset: Number(entry[1]) };
  }
}

/** Recovery points, log start offsets, high watermarks, cleaned offsets: an offset of each partition. */
export function* dumpOffsetCheckpoint(path: string): Generator<DumpRow> {
  for (const entry of entriesOf(path, 3)) {
    if (!Array.isArray(entry)) {
      yield entry;
      continue;
    }
    const [topic, partition, offset] = entry as [string, string, string];
    const numbers = { partition: Number(partition), offset: Number(offset) };
    yield { type: 'checkpoint-offset', topic, ...numbers };
  }
}

/** `meta.properties`, `partition.metadata`: a name and a value a line. */
export function* dumpProperties(path: string): Generator<DumpRow> {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, name, value] = /^\s*([^#=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    yield { type: 'property', name, value: isSecret(name) ? '(hidden)' : value };
  }
}

/** `quorum-state`, `.kafka_cleanshutdown`: an object of JSON. */
export function* dumpJson(path: string): Generator<DumpRow> {
  let parsed: Plain;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8')) as Plain;
  } catch {
    yield { type: 'problem', position: 0, problem: 'it is no JSON' };
    return;
  }
  for (const [name, value] of Object.entries(parsed ?? {})) yield { type: 'property', name, value };
}

export const leaderEpochColumns: readonly Column<DumpRow>[] = [
  ['EPOCH', ({ epoch }) => epoch as number],
  ['START-OFFSET', ({ startOffset }) => startOffset as number],
];

export const checkpointColumns: readonly Column<DumpRow>[] = [
  ['TOPIC', ({ topic }) => topic as string],
  ['PARTITION', ({ partition }) => partition as number],
  ['OFFSET', ({ offset }) => offset as number],
];

export const propertyColumns: readonly Column<DumpRow>[] = [
  ['NAME', ({ name }) => name as string],
  ['VALUE', ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value))],
];
