import type { Call, Terminal } from '../command/call.ts';
import { type Cell, table } from './table.ts';
import { type Plain, yaml } from './yaml.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'jsonl' | 'yaml';

export interface OutputSettings {
  readonly output: OutputFormat;
}

/** A column of a table; one that is `wide` is only shown by `-o wide`. */
export type Column<Row> = readonly [header: string, cell: (row: Row) => Cell, wide?: 'wide'];

/** Rows as a table, or as data: an array in JSON and YAML, an object a line in JSON lines. */
export async function writeRows<Row extends object>(
  { settings, terminal }: Call<OutputSettings>,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Promise<void> {
  if (isData(settings.output)) return writeData(terminal, settings.output, rows);
  await terminal.write(tableOf(terminal, settings.output, rows, columns));
}

/** What was done, or would be: sentences for people, rows for programs. */
export async function writeDone<Row extends object>(
  { settings, terminal }: Call<OutputSettings>,
  rows: readonly Row[],
  sentenceOf: (row: Row) => string,
): Promise<void> {
  if (isData(settings.output)) return writeData(terminal, settings.output, rows);
  for (const row of rows) await terminal.write(`${sentenceOf(row)}\n`);
}

export function tableOf<Row extends object>(
  { hasColours }: Terminal,
  format: OutputFormat,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): string {
  const shown = columns.filter(([, , wide]) => wide === undefined || format === 'wide');
  return table(
    shown.map(([header]) => header),
    rows.map((row) => shown.map(([, cell]) => cell(row))),
    hasColours,
  );
}

export type DataFormat = Exclude<OutputFormat, 'table' | 'wide'>;

export function isData(format: OutputFormat): format is DataFormat {
  return format !== 'table' && format !== 'wide';
}

export async function writeData(
  terminal: Terminal,
  format: DataFormat,
  rows: readonly object[],
): Promise<void> {
  if (format === 'json') return terminal.write(`${JSON.stringify(rows, null, 2)}\n`);
  if (format === 'jsonl') {
    return terminal.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  await terminal.write(rows.length === 0 ? '[]\n' : yaml(rows as readonly Plain[]));
}
