/**
 * kafka-dump-log and kafka-metadata-shell over every file of the directory that the broker has written
 * in this run. After the suites of the Java client and the tools, records of every type have to be there.
 */
import { runProgram } from '../lib/client.mjs';
import { javaDriver } from '../lib/tools.mjs';

/** @type {import('../run.mjs').Suite} */
export const directories = {
  name: 'dump-log',
  client: 'Apache Kafka kafka-dump-log',
  needs: 'directories',
  async run(context) {
    const dataDir = context.server?.dataDir ?? '';
    const command = await javaDriver('dump');
    const { match, report } = context;
    const rich = match === '' && report.versions.has('java') && report.versions.has('tools');
    const written = rich ? 'running' : '';
    await runProgram(context, 'dump-log', [...command, dataDir, match, '', written]);
  },
};
