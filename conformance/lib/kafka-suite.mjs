/** Suites of our own client at an Apache Kafka that is started for them, whatever the target is. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tools } from './tools.mjs';

/**
 * @typedef {object} KafkaContext
 * @property {string} directory an empty one
 * @property {string} prefix starts every name that a check creates
 * @property {{ check(name: string, body: () => Promise<void>): Promise<void> }} checks those to run
 */

/**
 * @param {{ name: string, client: string, version: string }} what
 * @param {(context: KafkaContext) => Promise<void>} run
 * @returns {import('../run.mjs').Suite}
 */
export function kafkaSuite({ name, client, version }, run) {
  return {
    name,
    client,
    needs: 'directories',
    async run({ report, workDir, prefix, match }) {
      await tools.java(); // say so at once where it is missing
      report.versions.set(name, version);
      const directory = join(workDir, name);
      mkdirSync(directory, { recursive: true });
      const checks = {
        check: async (/** @type {string} */ check, /** @type {() => Promise<void>} */ body) => {
          if (check.includes(match)) await report.check(name, check, body);
        },
      };
      await run({ directory, prefix, checks });
    },
  };
}
