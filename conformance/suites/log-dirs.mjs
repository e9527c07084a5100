/** Replicas moved between the two log directories of one broker, and a restart afterwards. */
import { join } from 'node:path';
import { runProgram } from '../lib/client.mjs';
import { freePort, Server } from '../lib/server.mjs';
import { javaDriver, tools } from '../lib/tools.mjs';

/** @type {import('../run.mjs').Suite} */
export const logDirs = {
  name: 'log-dirs',
  client: 'Apache Kafka tools, moving replicas between directories',
  needs: 'directories',
  async run(context) {
    await tools.java(); // say so at once where it is missing
    const { report, kind, workDir } = context;
    const directory = join(workDir, 'log-dirs');
    const properties = { 'log.dirs': `${join(directory, 'data')},${join(directory, 'data-2')}` };
    const server = new Server(kind, { directory, port: await freePort(), properties });
    const command = await javaDriver('log-dirs');
    for (const when of ['at first', 'again']) {
      await report.check('log-dirs', `a broker with two directories starts ${when}`, () =>
        server.start(),
      );
      await runProgram(context, 'log-dirs', [
        ...command,
        server.bootstrap,
        join(directory, 'expected'),
      ]);
      await report.check('log-dirs', `it stops ${when}`, () => server.stop());
    }
  },
};
