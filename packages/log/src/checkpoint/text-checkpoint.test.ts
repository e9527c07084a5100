import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTextCheckpoint, textCheckpoint } from './text-checkpoint.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidelog-text-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function read(text: string): string[][] | null {
  const path = join(directory, 'checkpoint');
  writeFileSync(path, text);
  return readTextCheckpoint(new NodeDisk(), path, 2);
}

describe('a text checkpoint', () => {
  it('gives its entries', () => {
    expect(read(textCheckpoint(['1 20', '3 456']))).toEqual([
      ['1', '20'],
      ['3', '456'],
    ]);
    expect(read(textCheckpoint([]))).toEqual([]);
    expect(readTextCheckpoint(new NodeDisk(), join(directory, 'none'), 2)).toEqual([]);
  });

  it('has no entries where a crash has cut it, be it within a number', () => {
    const whole = textCheckpoint(['1 20', '3 456']);
    const found = Array.from(whole, (_, length) => read(whole.slice(0, length)) ?? []);
    expect(found.flat()).toEqual([]);
    expect(read(whole.slice(0, -1))).toBeNull();
  });
});
