import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { NodeDisk } from './disk.ts';
import { native } from './native.ts';

const root = mkdtempSync(join(tmpdir(), 'tidelog-lock-'));
afterAll(() => rmSync(root, { recursive: true }));
const disk = new NodeDisk();

/** Another process that runs `script` and then stays; resolves with what it printed first. */
async function otherProcess(
  command: string,
  script: string[],
): Promise<{ process: ChildProcess; said: string }> {
  const child = spawn(command, script, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, said: said.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Locks with the real source, compiled here because Node may not read TypeScript. */
function lockingScript(path: string): string[] {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('./file-lock.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  const body = `${outputFiles[0]!.text}
    console.log(lockFile(${JSON.stringify(path)}) === null ? 'taken' : 'got it');
    process.stdin.resume();`;
  return ['--input-type=module', '-e', body];
}

/** Python stands in for Java, which is slow to start. */
function hasPosixLocks(): boolean {
  return process.platform === 'linux' && spawnSync('python3', ['--version']).status === 0;
}

const LOCK_OPEN_FILE =
  "fcntl.fcntl(file, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0)) # F_OFD_SETLK";

describe('a lock', () => {
  it('excludes everyone else in this process until it is released', () => {
    const path = join(root, '.lock');
    const lock = disk.lock(path);
    expect(lock).not.toBeNull();
    expect(new NodeDisk().lock(path)).toBeNull();
    lock?.release();
    lock?.release();
    const next = disk.lock(path);
    expect(next).not.toBeNull();
    next?.release();
  });

  it('is that of the file, whatever the path to it', () => {
    const link = `${root}-link`;
    symlinkSync(root, link);
    const lock = disk.lock(join(root, '.lock'));
    expect(disk.lock(join(link, '.lock'))).toBeNull();
    const other = disk.lock(join(root, '.other'));
    expect(other).not.toBeNull();
    other?.release();
    lock?.release();
    rmSync(link);
  });

  it('keeps no new file from being locked when its own was deleted', () => {
    const held = disk.lock(join(root, '.deleted'));
    rmSync(join(root, '.deleted'));
    // File systems give a free inode to the next file.
    const others = Array.from({ length: 20 }, (_, i) => disk.lock(join(root, `.new-${i}`)));
    expect(others).not.toContain(null);
    for (const lock of [held, ...others]) lock?.release();
  });

  it('is free at once when it is released, though this process starts others meanwhile', async () => {
    const starts = new Worker(
      `const { spawn } = require('node:child_process');
       const next = () => spawn('true').on('exit', next);
       next(); next();`,
      { eval: true },
    );
    await once(starts, 'online');
    const path = join(root, '.again');
    const disk = new NodeDisk(''); // to read the kernel's table takes 10 ms each time
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      const lock = disk.lock(path);
      if (lock === null) refused++;
      lock?.release();
      await new Promise(setImmediate);
    }
    await starts.terminate();
    expect(refused).toBe(0);
  });

  it('leaves an empty file', () => {
    const path = join(root, '.empty');
    disk.lock(path)?.release();
    expect(readFileSync(path)).toHaveLength(0);
  });

  it('excludes another process, and is free when that one is killed', async () => {
    const path = join(root, '.lock');
    const other = await otherProcess(process.execPath, lockingScript(path));
    expect(other.said).toBe('got it');
    expect(disk.lock(path)).toBeNull();
    await kill(other.process);
    const lock = disk.lock(path);
    expect(lock).not.toBeNull();
    const late = await otherProcess(process.execPath, lockingScript(path));
    expect(late.said).toBe('taken');
    await kill(late.process);
    lock?.release();
  });

  it.skipIf(!hasPosixLocks()).each([
    ['POSIX lock, as Kafka takes,', 'fcntl.lockf(file, fcntl.LOCK_EX)'],
    ['lock of an open file, as the addon takes,', LOCK_OPEN_FILE],
  ])('is refused while a %s is held', async (_name, take) => {
    const path = join(root, '.posix');
    const script = `import fcntl, struct, time
file = open(${JSON.stringify(path)}, 'w')
${take}
print('got it', flush=True)
time.sleep(60)`;
    const other = await otherProcess('python3', ['-c', script]);
    expect(other.said).toBe('got it');
    expect(disk.lock(path)).toBeNull();
    const table = readFileSync('/proc/locks', 'latin1');
    expect(new NodeDisk(table).lock(path)).toBeNull();
    await kill(other.process);
    const lock = disk.lock(path);
    expect(lock).not.toBeNull();
    lock?.release();
    // With the addon the kernel is asked, whatever the table says.
    const late = new NodeDisk(table).lock(path);
    expect(late === null).toBe(native === null);
    late?.release();
  });

  it.skipIf(!hasPosixLocks() || native === null)(
    'keeps out who takes a POSIX lock, as Kafka does, where the addon is',
    () => {
      const path = join(root, '.ours');
      const script = `import fcntl
file = open(${JSON.stringify(path)}, 'r+')
try:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print('got it')
except BlockingIOError:
    print('taken')`;
      const tried = (): string =>
        spawnSync('python3', ['-c', script], { encoding: 'utf8' }).stdout.trim();
      const lock = disk.lock(path);
      // A lock of the process would be gone with the first descriptor of the file that it closes.
      closeSync(openSync(path, 'r'));
      expect(tried()).toBe('taken');
      lock?.release();
      expect(tried()).toBe('got it');
    },
  );
});
