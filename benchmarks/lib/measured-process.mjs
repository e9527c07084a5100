/** A server under test as a process: until it answers, what it uses, and its end. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exited } from '../../conformance/lib/process.mjs';
import { cpuSeconds, residentMB } from './machine.mjs';
import { startServer } from './servers.mjs';

const startTimeoutMs = 300_000;
const stopTimeoutMs = 60_000;

export class MeasuredProcess {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;

  /**
   * @param {string} name
   * @param {{ directory: string, port: number, env?: Record<string, string> }} where
   */
  constructor(name, { directory, port, env = {} }) {
    this.name = name;
    this.directory = directory;
    this.port = port;
    this.env = env;
    this.logFile = join(directory, `${name}.log`);
  }

  /**
   * @param {string[]} commandLine
   * @param {() => Promise<boolean>} answers asked again and again
   * @returns {Promise<number>} ms from the spawn until it answers
   */
  async run(commandLine, answers) {
    const log = openSync(this.logFile, 'a');
    const begin = performance.now();
    const child = startServer(commandLine, log, this.env);
    closeSync(log);
    this.#child = child;
    try {
      while (!(await answers())) {
        if (child.exitCode !== null || child.pid === undefined) throw new Error('it ended at once');
        if (performance.now() - begin > startTimeoutMs) throw new Error('it does not answer');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    } catch (error) {
      await this.kill();
      const end = readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
      throw new Error(`${this.name}: ${/** @type {Error} */ (error).message}\n${end}`, {
        cause: error,
      });
    }
    return performance.now() - begin;
  }

  async kill() {
    await this.end('SIGKILL');
  }

  /** @param {'SIGINT' | 'SIGTERM' | 'SIGKILL'} signal */
  async end(signal) {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid !== undefined) {
      child.kill(signal);
      await exited(child, stopTimeoutMs);
    }
  }

  cpuSeconds() {
    return cpuSeconds(this.#child?.pid ?? 0);
  }

  residentMB() {
    return residentMB(this.#child?.pid ?? 0);
  }
}
