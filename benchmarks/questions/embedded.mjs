/** The broker of a test, inside a process that has its code loaded: start, stop, memory for records. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cost } from '../lib/figures.mjs';
import { fill } from '../lib/produce-load.mjs';
import { buildBatch } from '../lib/requests.mjs';
import { startServer } from '../lib/servers.mjs';
import { median } from '../lib/statistics.mjs';
import { eachTime, tidelogOnly } from './session.mjs';

const program = fileURLToPath(new URL('../programs/start-broker.mjs', import.meta.url));
const recordBytes = 100e6;
const partitions = 4;

/**
 * @param {string} name
 * @param {import('@tidelog/testing').StartBrokerOptions} options
 * @returns {import('./index.mjs').Point}
 */
const point = (name, options) => ({
  question: 'embedded',
  name,
  figures: [
    cost('ms to the first Metadata reply'),
    cost('ms to stop'),
    cost('bytes of memory for each byte of 100 MB produced'),
  ],
  headline: [0, 1],
  variants: tidelogOnly,
  owns: true,
  open: eachTime(async () => {
    const child = startServer(
      [process.execPath, program, JSON.stringify(options)],
      ['pipe', 'pipe', 'inherit'],
      {
        TIDELOG_NATIVE: 'off',
      },
    );
    try {
      const lines = createInterface({ input: /** @type {any} */ (child.stdout) });
      const said = lines[Symbol.asyncIterator]();
      const hear = async () => {
        const { value, done } = await said.next();
        if (done) throw new Error('the process with the broker ended');
        return JSON.parse(value);
      };
      const timings = /** @type {{ startMs: number, stopMs: number }[]} */ (await hear());
      const before = await hear();
      const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 }).bytes;
      const partitionBytes = recordBytes / partitions;
      await fill(before.port, { topic: 'kept', partitions, batch, partitionBytes });
      child.stdin?.write('\n');
      const after = await hear();
      const more = (after.resident - before.resident) / recordBytes;
      const medianOf = (/** @type {'startMs' | 'stopMs'} */ name) =>
        median(timings.map((timing) => timing[name]));
      return [medianOf('startMs'), medianOf('stopMs'), more];
    } finally {
      child.kill('SIGKILL');
    }
  }),
});

export const embedded = [
  point('`startBroker()` in a process that runs', {}),
  point('`startBroker()` with a directory', { storage: 'directory' }),
];
