/** Servers that do the least that produce needs, and answer nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { repositoryDir } from '../../conformance/lib/cache.mjs';
import { MeasuredProcess } from './measured-process.mjs';

const programs = join(repositoryDir, 'benchmarks', 'programs');
const crc32c = join(repositoryDir, 'packages', 'native', 'src', 'crc32c.c');

export const hasCompiler = () => spawnSync('cc', ['--version']).status === 0;

export class Floor extends MeasuredProcess {
  /** @type {'floor'} */
  kind = 'floor';

  /**
   * @param {'c' | 'node'} language
   * @param {{ directory: string, port: number }} where
   */
  constructor(language, where) {
    super(`floor-${language}`, where);
    this.language = language;
  }

  async reset() {
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true });
  }

  async start() {
    const arguments_ = [this.directory, String(this.port)];
    return this.run([...this.#program(), ...arguments_], () => isOpen(this.port));
  }

  async stop() {
    await this.kill();
  }

  #program() {
    if (this.language === 'node') return [process.execPath, join(programs, 'floor.mjs')];
    const program = join(this.directory, 'floor');
    const sources = [join(programs, 'floor.c'), crc32c];
    const compiled = spawnSync('cc', ['-O2', '-o', program, ...sources, '-lpthread']);
    if (compiled.status !== 0) throw new Error(String(compiled.stderr));
    return [program];
  }
}

/** @param {number} port @returns {Promise<boolean>} whether somebody listens */
function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });
}
