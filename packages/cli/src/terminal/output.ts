import { once } from 'node:events';
import { type Cell, table } from './table.ts';

export type OutputFormat = 'table' | 'json';

/** A reader that has seen enough (`| head`) ends the command, and is no failure. */
export function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

/** Waits while the reader is behind. */
export async function write(bytes: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
}

/** Rows as a table, or as JSON with the same values under names. */
export async function writeRows<Row>(
  format: OutputFormat,
  rows: readonly Row[],
  columns: readonly (readonly [header: string, cell: (row: Row) => Cell])[],
): Promise<void> {
  const text =
    format === 'json'
      ? `${JSON.stringify(rows, null, 2)}\n`
      : table(
          columns.map(([header]) => header),
          rows.map((row) => columns.map(([, cell]) => cell(row))),
        );
  await write(text);
}
