import { describe, expect, it } from 'vitest';
// Loaded here, so that no test waits for it.
import '@tidelog/metadata';
import { catalog, nouns } from '../catalog/catalog.ts';
import { run } from '../program.ts';
import { MemoryTerminal } from '../terminal/memory.test-terminal.ts';
import { buildProgram } from './build-program.ts';
import type { Call } from './call.ts';

/** Parses a command line without running it; gives the call that would be made. */
async function parse(
  ...args: readonly string[]
): Promise<{ name: string } & Omit<Call, 'terminal'>> {
  let parsed: ({ name: string } & Omit<Call, 'terminal'>) | undefined;
  const dry = catalog.map((spec) => ({
    ...spec,
    run: ({ args, settings }: Call) => {
      parsed = { name: spec.name, args, settings };
      return Promise.resolve();
    },
  }));
  await buildProgram(dry, nouns, new MemoryTerminal()).parseAsync([...args], { from: 'user' });
  return parsed!;
}

describe('the commands', () => {
  it('have one name each, and every noun says what it is about', () => {
    const names = catalog.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const used = names.flatMap((name) => {
      const words = name.split(' ').slice(0, -1);
      return words.map((_, index) => words.slice(0, index + 1).join(' '));
    });
    expect(nouns.map(({ name }) => name).toSorted()).toEqual([...new Set(used)].toSorted());
  });

  it('print data where they are asked to', () => {
    // What runs until it is stopped, and what is for a shell.
    const others = ['start', 'dev', 'completion'];
    for (const { name, options = [] } of catalog.filter(({ name }) => !others.includes(name))) {
      const output = options.find(({ flags }) => flags.startsWith('-o, --output'));
      expect(output?.choices, name).toEqual(expect.arrayContaining(['json', 'jsonl', 'yaml']));
    }
  });

  it('are shown with examples that they take', async () => {
    for (const { name, examples = [] } of catalog.filter(({ isHidden }) => !isHidden)) {
      expect(examples, name).not.toEqual([]);
      for (const example of examples) {
        const calls = example.split(' | ').map((call) => call.replace(/^tidelog /, ''));
        const own = calls.filter((call) => !/^(echo|printf) /.test(call));
        const parsed = await Promise.all(own.map((call) => parse(...words(call))));
        expect(
          parsed.map((call) => call.name),
          example,
        ).toContain(name);
      }
    }
  });

  it('consume a value a line, unless told otherwise', async () => {
    expect(await parse('consume', 't')).toEqual({
      name: 'consume',
      args: ['t'],
      settings: { X: [], format: '%v\\n', output: 'text' },
    });
  });

  it('take the short options', async () => {
    const line = 'produce t -b a:1,b:2 -k : -p 3 -H x=1 -H y=2';
    expect((await parse(...line.split(' '))).settings).toEqual({
      bootstrapServers: 'a:1,b:2',
      keySeparator: ':',
      partition: 3,
      header: ['x=1', 'y=2'],
      input: 'lines',
      X: [],
    });
    const created = await parse('topic', 'create', 't', '-p', '6', '-r', '3', '-c', 'a=b');
    expect(created.settings).toEqual({
      partitions: 6,
      replicas: 3,
      config: ['a=b'],
      output: 'table',
      X: [],
    });
    const consumed = await parse('consume', 't', 'u', '-p', '0,2-3', '-n', '5');
    expect(consumed).toMatchObject({
      args: ['t', 'u'],
      settings: { partition: [0, 2, 3], num: 5 },
    });
  });

  it.each([
    [['consume'], 'missing required argument'],
    [['consume', 't', '-n', 'many'], 'whole number'],
    [['consume', 't', '-p', '3-1'], 'partitions such as'],
    [['consume', 't', '--from-beginning', '--offset', 'end'], 'cannot be used with'],
    [['consume', 't', '-o', 'xml'], 'Allowed choices'],
    [['produce', 't', '--compression', 'rar'], 'Allowed choices'],
    [['produce', 't', '--acks', '2'], 'Allowed choices'],
    [['topic', 'create', 't', '-p', 'x1'], 'whole number'],
    [['topic', 'descripe', 't'], 'Did you mean describe?'],
    [['group', 'describe'], 'missing required argument'],
    [['share', 'consume', 't'], "required option '-g, --group <name>' not specified"],
    [['consume', 't', '-X', 'fetch.min.byte=1'], 'did you mean fetch.min.bytes?'],
    [['consume', 't', '-X', 'acks'], '-X takes name=value'],
    [['consume', 't', '-g', 'g', '--offset', '17'], 'a group goes on where it was'],
    [['produce'], 'tidelog produce TOPIC'],
  ])('refuse %j with exit code 2', async (args, sentence) => {
    const terminal = new MemoryTerminal();
    expect(await run(args, terminal)).toBe(2);
    expect(terminal.told).toContain(sentence);
    expect(terminal.printed.length).toBe(0);
  });

  it('say how they are used', async () => {
    const terminal = new MemoryTerminal();
    expect(await run(['topic', 'create', '--help'], terminal)).toBe(0);
    expect(terminal.screen).toContain('$ tidelog topic create orders -p 6');
  });
});

/** The words of a line as a shell finds them; only single quotes are needed. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word);
}
