import { describe, expect, it } from 'vitest';
import { MemoryTerminal } from './memory.test-terminal.ts';
import { confirm } from './confirm.ts';
import { type Column, type OutputFormat, writeRows } from './output.ts';
import { table } from './table.ts';
import { yaml } from './yaml.ts';

it('aligns a table and shows a dash for what is not there', () => {
  const rows = [
    ['x', 1],
    ['wide', null],
    ['', true],
  ] as const;
  expect(table(['A', 'LONG'], rows)).toBe('A     LONG\nx     1\nwide  -\n-     true\n');
  expect(table(['A'], [], true)).toBe('\u001b[1mA\u001b[0m\n');
});

describe('rows', () => {
  interface Row {
    readonly topic: string;
    readonly partitions: readonly number[];
  }
  const rows: Row[] = [
    { topic: 'a', partitions: [0, 1] },
    { topic: 'b', partitions: [] },
  ];
  const columns: Column<Row>[] = [
    ['TOPIC', ({ topic }) => topic],
    ['PARTITIONS', ({ partitions }) => partitions.join(','), 'wide'],
  ];
  const printed = async (output: OutputFormat, shown = rows) => {
    const terminal = new MemoryTerminal();
    await writeRows({ args: [], settings: { output }, terminal }, shown, columns);
    return terminal.screen;
  };

  it('are a table, with more columns where that is asked for', async () => {
    expect(await printed('table')).toBe('TOPIC\na\nb\n');
    expect(await printed('wide')).toBe('TOPIC  PARTITIONS\na      0,1\nb      -\n');
  });

  it('are data under the same names in every format', async () => {
    expect(JSON.parse(await printed('json'))).toEqual(rows);
    const lines = (await printed('jsonl')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as Row)).toEqual(rows);
    expect(await printed('yaml')).toBe(
      '- topic: a\n  partitions:\n    - 0\n    - 1\n- topic: b\n  partitions: []\n',
    );
    expect(await printed('yaml', [])).toBe('[]\n');
    expect(await printed('jsonl', [])).toBe('');
  });
});

describe('yaml', () => {
  it.each([
    ['plain', 'plain'],
    ['two words', 'two words'],
    ['true', '"true"'],
    ['No', '"No"'],
    ['17', '"17"'],
    ['1e3', '"1e3"'],
    ['', '""'],
    ['a: b', '"a: b"'],
    ['a #b', '"a #b"'],
    ['- a', '"- a"'],
    [' a', '" a"'],
    ['line\nbreak', '"line\\nbreak"'],
    ['.inf', '".inf"'],
    ['~', '"~"'],
    ['\u2028', '"\\u2028"'],
  ])('writes %j', (text, written) => {
    expect(yaml(text)).toBe(`${written}\n`);
  });

  it('nests, and leaves out what is not there', () => {
    const value = { a: [[1], { b: null, c: undefined }], 'd e': {}, f: { g: false } };
    expect(yaml(value)).toBe('a:\n  - - 1\n  - b: null\nd e: {}\nf:\n  g: false\n');
  });
});

describe('a question before something is lost', () => {
  const call = (settings: { yes?: boolean }, answers?: string[]) => {
    const terminal = new MemoryTerminal(answers === undefined ? {} : { answers });
    return { args: [], settings, terminal };
  };

  it('is not asked with --yes', async () => {
    const asked = call({ yes: true }, []);
    await confirm(asked, 'Delete a?');
    expect(asked.terminal.questions).toEqual([]);
  });

  it('goes on after y, and ends after anything else', async () => {
    const agreed = call({}, ['Y']);
    await confirm(agreed, 'Delete a?');
    expect(agreed.terminal.questions).toEqual(['Delete a? [y/N] ']);
    for (const answer of ['', 'n', 'yep']) {
      await expect(confirm(call({}, [answer]), 'Delete a?')).rejects.toThrow('nothing was done');
    }
  });

  it('needs --yes where nobody can be asked', async () => {
    await expect(confirm(call({}), 'Delete a?')).rejects.toMatchObject({ exitCode: 2 });
  });
});
