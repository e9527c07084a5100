/** What is measured side by side: a column of the table for each. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryDir } from '../../conformance/lib/cache.mjs';
import { freePort } from '../../conformance/lib/server.mjs';
import { Missing, tools } from '../../conformance/lib/tools.mjs';
import { Broker } from './brokers.mjs';

/** @typedef {'tidelog' | 'native' | 'kafka'} VariantId */

/** @type {Record<VariantId, string>} */
export const variantNames = {
  tidelog: 'Tidelog',
  native: 'Tidelog with its addon',
  kafka: 'Apache Kafka 4.3.1',
};

/** @typedef {{ id: VariantId, broker: Broker }} Variant */

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

/**
 * @param {{ workDir: string, withKafka: boolean, withAddon: boolean,
 *   progress: (text: string) => void }} options
 * @returns {Promise<Variant[]>} none of them runs yet
 */
export async function variants({ workDir, withKafka, withAddon, progress }) {
  /** @type {VariantId[]} */
  const ids = ['tidelog'];
  if (withAddon && hasAddon()) ids.push('native');
  if (withKafka && (await hasKafka(progress))) ids.push('kafka');
  const made = [];
  for (const [i, id] of ids.entries()) {
    const port = await freePort(19700 + i * 10, 19799);
    /** @type {Record<string, string>} */
    const env = id === 'tidelog' ? { TIDELOG_NATIVE: 'off' } : {};
    const kind = id === 'kafka' ? 'kafka' : 'tidelog';
    made.push({ id, broker: new Broker(kind, { directory: join(workDir, id), port, env }) });
  }
  return made;
}
