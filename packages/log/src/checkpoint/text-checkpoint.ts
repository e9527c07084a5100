import type { Disk } from '@tidelog/platform';

const VERSION = 0;

/** Kafka's text checkpoints: the version, the number of entries, one entry per line. */
export function textCheckpoint(entries: readonly string[]): string {
  return [VERSION, entries.length, ...entries].join('\n') + '\n';
}

/**
 * The fields of each entry. Empty when there is no file, null when it is not one of ours: a torn or
 * foreign checkpoint says nothing, and each caller knows what can be assumed without it.
 */
export function readTextCheckpoint(disk: Disk, path: string, fields: number): string[][] | null {
  if (!disk.exists(path)) return [];
  const lines = disk.readFile(path).toString('utf8').split('\n');
  const isWhole = lines.pop() === '';
  if (isWhole && lines.length === 0) return [];
  const entries = lines.slice(2).map((line) => line.trim().split(/\s+/));
  const sound =
    isWhole &&
    lines[0] === String(VERSION) &&
    Number(lines[1] ?? 0) === entries.length &&
    entries.every((entry) => entry.length === fields);
  return sound ? entries : null;
}
