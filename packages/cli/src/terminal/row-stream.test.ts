import { expect, it } from 'vitest';
import { MemoryTerminal } from './memory.test-terminal.ts';
import type { Column, OutputFormat } from './output.ts';
import { RowStream } from './row-stream.ts';

interface Row {
  readonly name: string;
  readonly count: number | null;
}

const columns: Column<Row>[] = [
  ['NAME', ({ name }) => name],
  ['COUNT', ({ count }) => count],
];

async function printed(format: OutputFormat, tables: readonly (readonly Row[])[]): Promise<string> {
  const terminal = new MemoryTerminal();
  const stream = new RowStream<Row>(terminal, format);
  for (const [index, rows] of tables.entries()) {
    await stream.begin(`table ${index}`, columns);
    for (const row of rows) await stream.add(row);
  }
  await stream.end();
  return terminal.screen;
}

const a = { name: 'a', count: 1 };
const long = { name: 'long', count: null };

it('prints tables under titles', async () => {
  expect(await printed('table', [[a, long], []])).toBe(
    'table 0\nNAME  COUNT\na     1\nlong  -\n\ntable 1\nNAME  COUNT\n',
  );
});

it('goes on in the widths of the first rows', async () => {
  const many = Array.from({ length: 2000 }, () => a);
  const screen = await printed('table', [[...many, { name: 'a longer name', count: 2 }]]);
  const lines = screen.trimEnd().split('\n');
  expect(lines).toHaveLength(2003);
  expect(lines.slice(0, 3)).toEqual(['table 0', 'NAME  COUNT', 'a     1']);
  expect(lines.at(-1)).toBe('a longer name  2');
});

it('is one list of data, whatever the tables', async () => {
  expect(JSON.parse(await printed('json', [[a], [long]]))).toEqual([a, long]);
  expect(await printed('jsonl', [[a], [long]])).toBe(
    '{"name":"a","count":1}\n{"name":"long","count":null}\n',
  );
  expect(await printed('yaml', [[a]])).toBe('- name: a\n  count: 1\n');
  expect([await printed('json', []), await printed('yaml', [])]).toEqual(['[]\n', '[]\n']);
});
