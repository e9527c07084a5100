/** The suites whose checks are a program of the client's own language. */
import { join } from 'node:path';
import { conformanceDir } from '../lib/cache.mjs';
import { runClient } from '../lib/client.mjs';
import { javaDriver, tools } from '../lib/tools.mjs';

/** @typedef {import('../run.mjs').Suite} Suite */

/**
 * @param {string} name
 * @param {string} client
 * @param {() => Promise<[string, ...string[]]>} command
 * @returns {Suite}
 */
function suite(name, client, command) {
  const run = async (/** @type {import('../run.mjs').Context} */ context) =>
    runClient(context, name, await command());
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
  suite('kafkajs', 'kafkajs (JavaScript)', async () => {
    const program = join(conformanceDir, 'node', 'run.mjs');
    return [process.execPath, program, await tools.node()];
  }),
  suite('franz-go', 'franz-go (Go)', async () => [await tools.go()]),
];
