import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf, normalised } from '../examples.test-shell.ts';

/** The command line as it is installed; `npm test` has just built it. */
const bundle = fileURLToPath(new URL('../../dist/tidelog.cjs', import.meta.url));

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');

/** One call of the command line, with all that it says. */
class Call {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #heard: () => void = () => {};
  stdout = '';
  stderr = '';

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [bundle, ...args]);
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.#heard();
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** The exit code. */
  get ended(): Promise<number | null> {
    return this.#closed;
  }

  /** The address that it serves; empty when it ended instead. */
  async served(): Promise<string> {
    const serves = new Promise<void>((resolve) => {
      this.#heard = () => {
        if (this.stdout.includes('Ctrl-C stops it.')) resolve();
      };
      this.#heard();
    });
    await Promise.race([serves, this.#closed]);
    return /listens on (\S+)/.exec(this.stdout)?.[1] ?? '';
  }

  /** Its threads, where the system tells of them. */
  get threads(): number {
    return readdirSync(`/proc/${this.#child.pid}/task`).length;
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  write(text: string): void {
    this.#child.stdin!.end(text);
  }
}

describe('tidelog start', { timeout: 30_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidelog-start-'));
  const calls: Call[] = [];
  let next = 0;
  let busy: Server;

  const call = (...args: string[]) => {
    const made = new Call(...args);
    calls.push(made);
    return made;
  };
  const newPath = () => join(directory, `data-${next++}`);

  beforeAll(async () => {
    busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    for (const made of calls) made.kill();
    await Promise.all(calls.splice(0).map((made) => made.ended));
  });

  afterAll(() => {
    busy.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Ends with one sentence on standard error and nothing else. */
  async function refusal(...args: string[]): Promise<string> {
    const made = call(...args);
    expect(await made.ended).toBe(1);
    expect(made.stdout).toBe('');
    expect(made.stderr).toMatch(/^tidelog: [^\n]+\n$/);
    return made.stderr;
  }

  it('serves, stops at Ctrl-C, and finds its data again', async () => {
    const data = newPath();
    const first = call('start', '--port', '0', '--data-dir', data);
    const address = await first.served();
    const produced = call('produce', 'greetings', '-b', address);
    produced.write('hello\nworld\n');
    expect(await produced.ended).toBe(0);
    first.interrupt();
    expect(await first.ended).toBe(0);
    expect(first.stdout).toMatch(/Stopped\.\n$/);
    expect(first.stderr).toMatch(/^\S+ INFO Runs with(out)? the native part[^\n]*\n$/);
    const second = call('start', '--port', '0', '--data-dir', data);
    const again = await second.served();
    const consumed = call('consume', 'greetings', '-b', again, '-n', '2', '--from-beginning');
    expect(await consumed.ended).toBe(0);
    expect(consumed.stdout).toBe('hello\nworld\n');
  });

  it('says on a screen what the README shows', async () => {
    const sample = examplesOf(readme).find(({ line }) => line.startsWith('npx tidelog start'))!;
    const [data, path] = [newPath(), join(directory, 'screen')];
    const screen = openSync(path, 'w');
    const child = spawn(process.execPath, [bundle, 'start', '--port', '0', '--data-dir', data], {
      stdio: ['ignore', screen, screen],
      env: { ...process.env, TIDELOG_NATIVE: 'off' },
    });
    closeSync(screen);
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      const shown = () => normalised(readFileSync(path, 'utf8').replace(data, '/tmp/x'));
      await expect.poll(shown, { timeout: 20_000 }).toBe(normalised(sample.screen));
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });

  it.runIf(existsSync('/proc/self/task'))('has threads for 16 syncs at a time', async () => {
    const broker = call('start', '--port', '0', '--data-dir', newPath());
    await broker.served();
    expect(broker.threads).toBeGreaterThan(16);
  });

  it('finds its data again after it was killed', async () => {
    const data = newPath();
    const first = call('start', '--port', '0', '--data-dir', data);
    const produced = call('produce', 'greetings', '-b', await first.served());
    produced.write('hello\n');
    await produced.ended;
    first.kill();
    await first.ended;
    const second = call('start', '--port', '0', '--data-dir', data);
    const address = await second.served();
    const consumed = call('consume', 'greetings', '-b', address, '-n', '1', '--from-beginning');
    expect(await consumed.ended).toBe(0);
    expect(consumed.stdout).toBe('hello\n');
  });

  it('names a busy port', async () => {
    const { port } = busy.address() as { port: number };
    const said = await refusal('start', '--port', String(port), '--data-dir', newPath());
    expect(said).toContain(`127.0.0.1:${port} is in use`);
  });

  it('names a directory that is in use', async () => {
    const data = newPath();
    await call('start', '--port', '0', '--data-dir', data).served();
    expect(await refusal('start', '--port', '0', '--data-dir', data)).toContain(data);
  });

  it('leaves a directory alone that is not its own', async () => {
    const data = newPath();
    mkdirSync(data);
    writeFileSync(join(data, 'thesis.txt'), 'for my eyes only');
    const said = await refusal('start', '--port', '0', '--data-dir', data);
    expect(said).toContain('thesis.txt');
    expect(existsSync(join(data, 'meta.properties'))).toBe(false);
  });

  it('names a data directory that is a file', async () => {
    const data = newPath();
    writeFileSync(data, '');
    expect(await refusal('start', '--port', '0', '--data-dir', data)).toContain(data);
  });

  it('names a configuration that it cannot read', async () => {
    const file = join(directory, 'absent.properties');
    expect(await refusal('start', file)).toContain(`cannot read ${file}`);
  });

  it('names an unknown config, and the nearest that it knows', async () => {
    const said = await refusal('start', '-X', 'num.partition=3', '--data-dir', newPath());
    expect(said).toContain('unknown config num.partition: did you mean num.partitions?');
  });

  it.each([
    ['num.partitions=many', 'num.partitions'],
    ['num.partitions=0', 'num.partitions'],
    ['log.cleanup.policy=shred', 'log.cleanup.policy'],
    ['nonsense', 'nonsense'],
  ])('names what is wrong with -X %s', async (override, named) => {
    const said = await refusal('start', '-X', override, '--data-dir', newPath());
    expect(said).toContain(named);
  });

  it('names a port that is none', async () => {
    const said = await refusal('start', '--port', '99999', '--data-dir', newPath());
    expect(said).toContain('99999');
  });
});
