import type { Terminal } from '../command/call.ts';
import { isData, type Column, type OutputFormat } from './output.ts';
import type { Cell } from './table.ts';
import { type Plain, yaml } from './yaml.ts';

/** Rows whose widths decide the widths of the columns. */
const SAMPLE = 500;

/** Prints rows that are too many to be held, as the same data or table as `writeRows`. */
export class RowStream<Row extends object> {
  readonly #terminal: Terminal;
  readonly #format: OutputFormat;
  #count = 0;
  #columns: readonly Column<Row>[] = [];
  #sample: string[][] = [];
  #widths: number[] | null = null;
  #pending = '';

  constructor(terminal: Terminal, format: OutputFormat) {
    this.#terminal = terminal;
    this.#format = format;
  }

  /** A table of other columns begins, under a title. Data has no titles. */
  async begin(title: string, columns: readonly Column<Row>[]): Promise<void> {
    if (isData(this.#format)) return;
    await this.#endTable();
    await this.#terminal.write(
      `${this.#count > 0 || this.#columns.length > 0 ? '\n' : ''}${title}\n`,
    );
    this.#columns = columns.filter(([, , wide]) => wide === undefined || this.#format === 'wide');
    this.#sample = [this.#columns.map(([header]) => header)];
    this.#widths = null;
  }

  async add(row: Row): Promise<void> {
    this.#count++;
    switch (this.#format) {
      case 'json':
        this.#pending += `${this.#count === 1 ? '[' : ','}\n  ${JSON.stringify(row)}`;
        break;
      case 'jsonl':
        this.#pending += `${JSON.stringify(row)}\n`;
        break;
      case 'yaml':
        this.#pending += yaml([row as Plain]);
        break;
      case 'table':
      case 'wide':
        this.#addLine(this.#columns.map(([, cell]) => textOf(cell(row))));
    }
    if (this.#pending.length > 65_536) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#endTable();
    if (this.#format === 'json') this.#pending += this.#count === 0 ? '[]\n' : '\n]\n';
    if (this.#format === 'yaml' && this.#count === 0) this.#pending += '[]\n';
    await this.#flush();
  }

  #addLine(line: string[]): void {
    if (this.#widths !== null) this.#pending += lineOf(line, this.#widths);
    else if (this.#sample.push(line) > SAMPLE) this.#settle();
  }

  #settle(): void {
    const sample = this.#sample;
    this.#widths = this.#columns.map((_, column) =>
      sample.reduce((width, line) => Math.max(width, line[column]!.length), 0),
    );
    for (const line of sample) this.#pending += lineOf(line, this.#widths);
    this.#sample = [];
  }

  async #endTable(): Promise<void> {
    if (this.#widths === null && this.#sample.length > 0) this.#settle();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#pending !== '') await this.#terminal.write(this.#pending);
    this.#pending = '';
  }
}

function textOf(cell: Cell): string {
  return cell === '' ? '-' : String(cell ?? '-');
}

function lineOf(line: readonly string[], widths: readonly number[]): string {
  const cells = line.map((cell, column) => cell.padEnd(widths[column]!));
  return `${cells.join('  ').trimEnd()}\n`;
}
