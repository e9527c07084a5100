/** What is measured side by side: a column of the table for each. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryDir } from '../../conformance/lib/cache.mjs';
import { freePort } from '../../conformance/lib/server.mjs';
import { Missing, tools } from '../../conformance/lib/tools.mjs';
import { Broker } from './brokers.mjs';
import { Floor, hasCompiler } from './floor.mjs';

/** @typedef {'tidelog' | 'native' | 'kafka' | 'floor-c' | 'floor-node'} VariantId */

/** @type {Record<VariantId, string>} */
export const variantNames = {
  tidelog: 'Tidelog',
  native: 'Tidelog with its addon',
  kafka: 'Apache Kafka 4.3.1',
  'floor-c': 'C, and nothing else',
  'floor-node': 'Node, and nothing else',
};

/** @typedef {{ id: VariantId, broker: Broker | Floor }} Variant */

/** Whether the optional addon is there to be measured by itself. */
export const hasAddon = () =>
  existsSync(join(repositoryDir, 'packages', 'native', 'build', 'Release')) ||
  existsSync(join(repositoryDir, 'packages', 'native', 'prebuilds'));

/** @param {(text: string) => void} progress */
async function hasKafka(progress) {
  try {
    await tools.java();
    return true;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    progress(`Apache Kafka is left out: ${error.message}.`);
    return false;
  }
}

/** @param {(text: string) => void} progress */
function compiles(progress) {
  if (hasCompiler()) return true;
  progress('The floor in C is left out: there is no cc.');
  return false;
}

/**
 * @param {{ workDir: string, wanted: Set<VariantId>, progress: (text: string) => void }} options
 * @returns {Promise<Variant[]>} those of the wanted that this machine has; none of them runs yet
 */
export async function variants({ workDir, wanted, progress }) {
  const is = {
    tidelog: () => true,
    native: hasAddon,
    kafka: () => hasKafka(progress),
    'floor-c': () => compiles(progress),
    'floor-node': () => true,
  };
  const made = [];
  for (const id of /** @type {VariantId[]} */ (Object.keys(is))) {
    if (!wanted.has(id) || !(await is[id]())) continue;
    const port = await freePort(19700 + made.length * 10, 19799);
    made.push({ id, broker: server(id, { directory: join(workDir, id), port }) });
  }
  return made;
}

/** @param {VariantId} id @param {{ directory: string, port: number }} where */
function server(id, where) {
  if (id === 'floor-c') return new Floor('c', where);
  if (id === 'floor-node') return new Floor('node', where);
  if (id === 'kafka') return new Broker('kafka', where);
  return new Broker('tidelog', {
    ...where,
    env: id === 'tidelog' ? { TIDELOG_NATIVE: 'off' } : {},
  });
}
