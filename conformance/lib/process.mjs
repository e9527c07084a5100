/** Child processes: run to the end with captured output, or start and stop a server. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Remembers a child until it ends, so that nothing outlives the harness. */
export function track(/** @type {import('node:child_process').ChildProcess} */ child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Kills every child that still runs. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] added to this process's environment
 * @property {string | Buffer} [input] written to the child's stdin
 * @property {number} [timeoutMs] the child is killed after this long (default 10 minutes)
 * @property {(line: string) => void} [onLine] called for each line of stdout as it comes
 */

/** @typedef {{ code: number | null, stdout: string, stderr: string, timedOut: boolean }} RunResult */

/**
 * Runs a command to its end. Never throws: a command that cannot be started has code 127.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    track(child);
    /** @type {string[]} */
    const out = [];
    /** @type {string[]} */
    const err = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs ?? 600_000);
    createInterface({ input: child.stdout }).on('line', (line) => {
      out.push(line);
      options.onLine?.(line);
    });
    child.stderr.on('data', (chunk) => err.push(String(chunk)));
    child.stdin.on('error', () => {}); // a child that exits before it reads its input
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: '', stderr: error.message, timedOut });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: out.join('\n'), stderr: err.join(''), timedOut });
    });
  });
}

/**
 * Runs a command and throws one readable error when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export async function runOrThrow(command, args, options = {}) {
  const result = await run(command, args, options);
  if (result.code === 0) return result;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
  const how = result.timedOut ? 'took too long' : `exited with ${result.code}`;
  throw new Error(`${command} ${args[0] ?? ''} ${how}: ${said}`);
}

/**
 * Waits for a child to exit; kills it when it takes too long.
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} timeoutMs
 * @returns {Promise<{ code: number | null, signal: string | null }>}
 */
export function exited(child, timeoutMs) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
      return;
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal });
    });
  });
}
