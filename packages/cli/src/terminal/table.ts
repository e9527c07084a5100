export type Cell = string | number | boolean | null | undefined;

const BOLD = '\u001b[1m';
const PLAIN = '\u001b[0m';

/** Columns as wide as they need to be, two spaces apart; what is not there is a dash. */
export function table(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  hasColours = false,
): string {
  const cells = rows.map((row) => row.map((cell) => (cell === '' ? '-' : String(cell ?? '-'))));
  const widths = header.map((name, column) =>
    cells.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), name.length),
  );
  const lineOf = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const first = hasColours ? `${BOLD}${lineOf(header)}${PLAIN}` : lineOf(header);
  return [first, ...cells.map(lineOf)].map((line) => `${line}\n`).join('');
}
