/** kafka-dump-log over every file of the directory that the broker has written in this run. */
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
    await runProgram(context, 'dump-log', [...command, dataDir, context.match]);
  },
};
