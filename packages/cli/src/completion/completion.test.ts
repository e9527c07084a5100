import { describe, expect, it } from 'vitest';
import { catalog, nouns } from '../catalog/catalog.ts';
import { run } from '../program.ts';
import { MemoryTerminal } from '../terminal/memory.test-terminal.ts';
import { completionOf } from './candidates.ts';

const words = (line: string) => {
  const found = completionOf(line.split(' '), catalog, nouns);
  return typeof found === 'string' ? found : found.map(({ word }) => word);
};

describe('a completion', () => {
  it.each([
    ['pro', ['produce', 'profile']],
    ['topic de', ['describe', 'delete']],
    ['topic describe ', 'topics'],
    ['topic describe a ', 'topics'],
    ['topic describe -o ', ['table', 'wide', 'json', 'jsonl', 'yaml']],
    ['topic describe -o js', ['json', 'jsonl']],
    ['topic describe -o json ', 'topics'],
    ['topic clone a ', []],
    ['topic delete --d', ['--dry-run']],
    ['consume t -g ', 'groups'],
    ['log dump ', 'files'],
    ['profile use ', 'profiles'],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['nothing of that ', []],
  ])('of %j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it('tells shells what words are about, and fails without a word', async () => {
    const zsh = new MemoryTerminal();
    expect(await run(['__complete', 'zsh', 'topic', 'cre'], zsh)).toBe(0);
    expect(zsh.screen).toBe('create\tcreate topics\n');
    const away = new MemoryTerminal();
    const line = ['__complete', 'bash', 'topic', 'describe', '-b', 'nowhere', ''];
    expect(await run(line, away)).toBe(0);
    expect(away.screen).toBe('');
  });

  it('is printed for three shells', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const terminal = new MemoryTerminal();
      expect(await run(['completion', shell], terminal)).toBe(0);
      expect(terminal.screen).toContain(`tidelog __complete ${shell}`);
    }
    expect(await run(['completion', 'csh'], new MemoryTerminal())).toBe(2);
  });
});
