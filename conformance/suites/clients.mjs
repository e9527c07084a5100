/** The suites whose checks are a program of the client's own language. */
import { join } from 'node:path';
import { conformanceDir } from '../lib/cache.mjs';
import { runClient } from '../lib/client.mjs';
import { kafkajsApi, nest } from '../lib/kafkajs-api.mjs';
import { javaDriver, tools } from '../lib/tools.mjs';

/** @typedef {import('../run.mjs').Suite} Suite */

/** @typedef {import('../run.mjs').Context} Context */

/**
 * @param {string} name
 * @param {string} client
 * @param {(context: Context) => Promise<[string, ...string[]]>} command
 * @returns {Suite}
 */
function suite(name, client, command) {
  const run = async (/** @type {Context} */ context) =>
    runClient(context, name, await command(context));
  return { name, client, needs: 'running', run };
}

/** @param {string} adapter */
async function pythonProgram(adapter) {
  const program = join(conformanceDir, 'python', 'run.py');
  return /** @type {[string, ...string[]]} */ ([await tools.python(), program, adapter]);
}

export const clients = [
  suite('wire', 'Apache Kafka, each request at each version', () => javaDriver('wire')),
  suite('java', 'Apache Kafka clients (Java)', () => javaDriver('clients')),
  suite('tools', 'Apache Kafka command-line tools', () => javaDriver('tools')),
  suite('confluent-kafka', 'confluent-kafka (Python)', () => pythonProgram('confluent')),
  suite('kafka-python', 'kafka-python', () => pythonProgram('kafka_python')),
  suite('aiokafka', 'aiokafka (Python)', () => pythonProgram('aio')),
  suite('kafkajs', 'kafkajs (JavaScript)', async () => [
    process.execPath,
    join(conformanceDir, 'node', 'run.mjs'),
    await tools.node(),
  ]),
  suite('kafkajs-api', 'the API of kafkajs, by `@tidelog/client`', async ({ workDir }) => [
    process.execPath,
    join(conformanceDir, 'node', 'run.mjs'),
    await kafkajsApi(workDir),
  ]),
  suite('nest', 'the Kafka transport of NestJS, on `@tidelog/client`', async () => [
    process.execPath,
    join(conformanceDir, 'nest', 'run.mjs'),
    await nest(),
  ]),
  suite('franz-go', 'franz-go (Go)', async () => [await tools.go()]),
];
