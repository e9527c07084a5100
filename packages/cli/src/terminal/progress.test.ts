import { expect, it } from 'vitest';
import { MemoryTerminal } from './memory.test-terminal.ts';
import { progressBar } from './progress.ts';

it('is a bar while somebody looks, and is taken away', () => {
  const terminal = new MemoryTerminal({ answers: [] });
  const bar = progressBar(terminal, 'Copying', 200);
  bar.moveTo(100);
  bar.moveTo(101); // looks the same
  bar.moveTo(300);
  bar.end();
  const half = `${'='.repeat(15)}${' '.repeat(15)}`;
  expect(terminal.told.split('\r')).toEqual([
    '',
    `Copying [${half}] 50 %`,
    `Copying [${'='.repeat(30)}] 100 %`,
    '\u001b[K',
  ]);
});

it('is nothing where nobody looks, or nothing is to be done', () => {
  const piped = new MemoryTerminal();
  const idle = new MemoryTerminal({ answers: [] });
  for (const bar of [progressBar(piped, 'Copying', 10), progressBar(idle, 'Copying', 0)]) {
    bar.moveTo(5);
    bar.end();
  }
  expect(piped.told + idle.told).toBe('');
});
