/** The processes that a run has started: on the servers' core, and never left behind. */
import { spawn } from 'node:child_process';
import { onServerCore } from './machine.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @param {string[]} commandLine
 * @param {import('node:child_process').StdioOptions | number} output of both streams, or all three
 * @param {Record<string, string>} [env] added to this process's environment
 */
export function startServer(commandLine, output, env = {}) {
  const [command = '', ...args] = [...onServerCore, ...commandLine];
  const stdio =
    typeof output === 'number'
      ? /** @type {['ignore', number, number]} */ (['ignore', output, output])
      : output;
  const child = spawn(command, args, { stdio, env: { ...process.env, ...env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.on('error', () => running.delete(child)); // seen by whoever waits for its answer
  return child;
}

/** Ends all of them at once, without a turn of the event loop in which others could be started. */
export function killServers() {
  for (const child of running) child.kill('SIGKILL');
}
