/** What the broker advertises, API by API and version by version, against what Apache Kafka 4.3 has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceDir } from '../lib/cache.mjs';
import { advertisedApis } from '../lib/wire.mjs';

/** @typedef {{ key: number, name: string, min: number, max: number }} Api */

/** Apache Kafka advertises these only where a receiver of client metrics is configured (KIP-714). */
const onlyConfigured = new Set(['GetTelemetrySubscriptions', 'PushTelemetry']);

/** @returns {Api[]} the APIs of the broker's listener in Apache Kafka 4.3 */
function known() {
  return JSON.parse(readFileSync(join(conformanceDir, 'api-versions.json'), 'utf8'));
}

/** @param {{ min: number, max: number }} range */
const text = ({ min, max }) => (min === max ? `${min}` : `${min} to ${max}`);

/** @type {import('../run.mjs').Suite} */
export const apis = {
  name: 'apis',
  client: 'Advertised APIs of Apache Kafka 4.3',
  needs: 'running',
  async run({ report, bootstrap, match }) {
    report.versions.set('apis', '4.3.1');
    const advertised = new Map((await advertisedApis(bootstrap)).map((api) => [api.key, api]));
    for (const api of known()) {
      const found = advertised.get(api.key);
      advertised.delete(api.key);
      if (found === undefined && onlyConfigured.has(api.name)) continue;
      const name = `${api.key} ${api.name} ${text(api)}`;
      if (!name.includes(match)) continue;
      await report.check('apis', name, () => {
        if (found === undefined) throw new Error('not advertised');
        if (text(found) !== text(api)) throw new Error(`advertised as ${text(found)}`);
      });
    }
    await report.check('apis', 'nothing else', () => {
      const more = [...advertised.keys()];
      if (more.length > 0) throw new Error(`advertised, but not by Apache Kafka: ${more}`);
    });
  },
};
