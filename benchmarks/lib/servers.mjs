/** The processes that a run has started: on the servers' core, and never left behind. */
import { spawn } from 'node:child_process';
import { onServerCore } from './machine.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @param {string[]} commandLine
 * @param {number | 'ignore'} output a file descriptor
 */
export function startServer(commandLine, output) {
  const [command = '', ...args] = [...onServerCore, ...commandLine];
  const child = spawn(command, args, { stdio: ['ignore', output, output] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.on('error', () => running.delete(child)); // seen by whoever waits for its answer
  return child;
}

/** Ends all of them at once, without a turn of the event loop in which others could be started. */
export function killServers() {
  for (const child of running) child.kill('SIGKILL');
}
