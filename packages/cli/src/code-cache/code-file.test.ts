import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCode, writeCode } from './code-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidelog-code-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, 'below', 'program.bin');

describe('a file with compiled code', () => {
  it('gives back what was written, whatever was there before, and leaves nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'binary-ascii' }), (bytes, stamp) => {
        writeCode(file, stamp, Buffer.from(bytes));
        expect(readCode(file, stamp)).toEqual(Buffer.from(bytes));
        expect(readCode(file, `${stamp}.`)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
    expect(readdirSync(join(directory, 'below'))).toEqual(['program.bin']);
  });

  it('gives nothing when it is damaged, cut or not there', () => {
    writeCode(file, 'stamp', Buffer.from('compiled'));
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(file, damaged);
      expect(readCode(file, 'stamp')).toBeUndefined();
      writeFileSync(file, whole.subarray(0, at));
      expect(readCode(file, 'stamp')).toBeUndefined();
    }
    rmSync(file);
    expect(readCode(file, 'stamp')).toBeUndefined();
  });

  it('is left out where it cannot be written', () => {
    writeFileSync(join(directory, 'no-directory'), '');
    const inside = join(directory, 'no-directory', 'program.bin');
    writeCode(inside, 'stamp', Buffer.from('compiled'));
    expect(readCode(inside, 'stamp')).toBeUndefined();
  });
});
