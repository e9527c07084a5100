import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../version.ts';

/** The command line as it is installed; `npm test` has just built it. */
const dist = fileURLToPath(new URL('../../dist', import.meta.url));

describe('the bundled command line', () => {
  let directory: string;
  let code: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidelog-bundle-'));
    code = join(directory, 'code');
    for (const name of readdirSync(dist)) {
      if (name.endsWith('.cjs')) cpSync(join(dist, name), join(directory, name));
    }
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const says = (nodeFlags: string[] = []) => {
    const args = [...nodeFlags, join(directory, 'tidelog.cjs'), '--version'];
    return execFileSync(process.execPath, args, { encoding: 'utf8' });
  };
  const kept = () => readdirSync(code).map((name) => join(code, name))[0]!;

  it('keeps its compiled code, and takes it from there', () => {
    expect(says()).toBe(`${version}\n`);
    const before = statSync(kept(), { bigint: true });
    expect(says()).toBe(`${version}\n`);
    expect(statSync(kept(), { bigint: true })).toMatchObject({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
    });
  });

  it('compiles anew what is not its own code, whole, and of this Node as it runs', () => {
    says();
    const spoil = [
      () => truncateSync(kept(), 1000),
      () => writeFileSync(kept(), readFileSync(kept()).fill(0, 5000, 6000)),
      () => writeFileSync(join(directory, 'program.cjs'), readFileSync(join(dist, 'program.cjs'))),
    ];
    for (const [i, spoiling] of spoil.entries()) {
      spoiling();
      const { ino } = statSync(kept());
      expect(says(), `${i}`).toBe(`${version}\n`);
      expect(statSync(kept()).ino, `${i}`).not.toBe(ino);
    }
    expect(says(['--no-opt'])).toBe(`${version}\n`);
  });

  it('has the codecs of what a broker writes as it starts', () => {
    const code = readFileSync(join(directory, 'broker.cjs'), 'latin1');
    for (const name of ['RegisterBrokerRecord 4', 'SnapshotHeaderRecord 0', 'NoOpRecord 0']) {
      expect(code.split(`"${name}",`).length, name).toBe(3); // a reader and a writer
    }
  });

  it('runs where nothing can be kept', () => {
    writeFileSync(code, 'no directory');
    expect(says()).toBe(`${version}\n`);
    expect(readFileSync(code, 'utf8')).toBe('no directory');
  });
});
