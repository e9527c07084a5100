/**
 * Client programs: each prints one JSON line for a check that ended,
 * `{"check": name, "ok": boolean, "ms": number, "error"?: string}`, or, with the reason why it was left
 * out, `{"skip": name, "reason": string}`; one with its `{"version": text}`,
 * and at last `{"done": true}`. Everything else that it prints goes to its log.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.mjs';

/** @typedef {import('../run.mjs').Context} Context */

/**
 * Runs the checks of a client: its program takes the bootstrap address, the prefix of all names that
 * it may create and the text that the names of the checks to run contain, after arguments of its own.
 * @param {Context} context
 * @param {string} suite
 * @param {[string, ...string[]]} command
 * @param {string[]} [more] arguments after those
 */
export function runClient(context, suite, command, more = []) {
  const { bootstrap, prefix, match } = context;
  return runProgram(context, suite, [...command, bootstrap, `${prefix}-${suite}`, match, ...more]);
}

/**
 * Runs a program of checks and reports each as it ends, and the program itself when it fails.
 * @param {Context} context
 * @param {string} suite
 * @param {[string, ...string[]]} command
 * @param {(count: number) => void} [onProgress] told what the program says in `{"progress": count}`
 */
export async function runProgram(context, suite, [program, ...args], onProgress) {
  const { report } = context;
  let done = false;
  const log = /** @type {string[]} */ ([]);
  const onLine = (/** @type {string} */ line) => {
    const message = parse(line);
    if (message?.check !== undefined) {
      const outcome = message.ok ? 'ok' : 'FAIL';
      const detail = message.error ?? '';
      report.add({ suite, name: message.check, outcome, ms: message.ms, detail });
    } else if (message?.skip !== undefined) {
      report.add({ suite, name: message.skip, outcome: 'skip', ms: 0, detail: message.reason });
    } else if (message?.version !== undefined) report.versions.set(suite, message.version);
    else if (message?.progress !== undefined) onProgress?.(message.progress);
    else if (message?.done) done = true;
    else log.push(line);
  };
  const start = performance.now();
  const result = await run(program, args, { timeoutMs: 300_000, onLine });
  appendFileSync(join(context.workDir, `${suite}.log`), `${log.join('\n')}\n${result.stderr}`);
  if (done && result.code === 0) return;
  const how = result.timedOut ? 'took too long' : `exited with ${result.code}`;
  const said = result.stderr.trim().split('\n').slice(-8).join('\n');
  const ms = performance.now() - start;
  report.add({ suite, name: 'whole run', outcome: 'FAIL', ms, detail: `${how}\n${said}`.trim() });
}

/** @param {string} line */
function parse(line) {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
