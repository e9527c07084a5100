import { run } from './program.ts';
import { MemoryTerminal } from './terminal/memory.test-terminal.ts';

/** A line of an example with what it printed, on both streams in their order. */
export interface Shown {
  readonly line: string;
  readonly screen: string;
}

/**
 * Enough of a shell for examples: `tidelog` in this process, `echo`, `printf` and `export`, pipes between
 * them, single quotes.
 */
export class ExampleShell {
  readonly env: Record<string, string>;

  constructor(env: Record<string, string>) {
    this.env = env;
  }

  async run(line: string): Promise<string> {
    let input: Buffer = Buffer.alloc(0);
    let told = '';
    let screen = '';
    for (const command of splitPipes(line)) {
      const words = wordsOf(command);
      const name = words.shift()!;
      if (name === 'tidelog') {
        const terminal = new MemoryTerminal({ env: this.env, input: input.toString() });
        const exitCode = await run(words, terminal);
        const code = exitCode === 0 ? '' : `(exit code ${exitCode})\n`;
        input = terminal.printed;
        screen = told + terminal.screen + code;
        told += terminal.told + code;
      } else {
        input = Buffer.from(this.#builtIn(name, words));
        screen = told + input.toString();
      }
    }
    return screen;
  }

  #builtIn(name: string, words: readonly string[]): string {
    if (name === 'echo') return `${words.join(' ')}\n`;
    if (name === 'printf') {
      return words.join(' ').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    }
    if (name !== 'export') throw new Error(`the examples' shell has no ${name}`);
    for (const word of words) this.env[word.split('=')[0]!] = word.slice(word.indexOf('=') + 1);
    return '';
  }
}

function splitPipes(line: string): string[] {
  return (line.match(/(?:'[^']*'|[^|'])+/g) ?? []).map((command) => command.trim());
}

function wordsOf(command: string): string[] {
  return Array.from(command.matchAll(/(?:'[^']*'|[^\s'])+/g), ([word]) =>
    word.replaceAll(/'([^']*)'/g, '$1'),
  );
}

/** The blocks of a page that show a console: each line after `$`, and what follows it. */
export function examplesOf(page: string): Shown[] {
  const blocks = Array.from(page.matchAll(/^```console\n([\s\S]*?)^```/gm), ([, block]) => block!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return { line: part.slice(0, end), screen: part.slice(end + 1) };
      }),
  );
}

const volatile: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\b1[78]\d{11}\b/g, 'MILLISECONDS'],
  [/"(crc|producerId)":\d+/g, '"$1":N'],
  [/\b\d+(?=\/\d+#\d+)/g, 'PRODUCER'],
  [/127\.0\.0\.1(:| +)\d+/g, 'ADDRESS'],
  [/^1 +\d+(?= +0 +Leader)/gm, 'LEADER'],
  [/[\w-]*-?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'MEMBER'],
  [/(?<![\w-])[A-Za-z0-9_-]{22}(?![\w-])/g, 'ID'],
  [/\d+(?:\.\d+)?(?= (?:ms|s|MB\/s|records\/s|MB|KB|GB|bytes)\b)/g, 'N'],
];

/** Without what is different each time: times, ids, ports, measures; and without the widths of columns. */
export function normalised(screen: string): string {
  const same = volatile.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), screen);
  return same
    .split('\n')
    .map((line) => line.replaceAll(/(?<=\S) {2,}/g, ' ').trimEnd())
    .join('\n')
    .trim();
}
