/** run.mjs BOOTSTRAP PREFIX MATCH [SKIPS]: what our own client can do, against a broker. */
import { Checks } from '../node/checks.mjs';
import { adminChecks } from './admin.mjs';
import { Cluster } from './cluster.mjs';
import { commandLineChecks } from './command-line.mjs';
import { consumerChecks } from './consumer.mjs';
import { patternChecks } from './patterns.mjs';
import { producerChecks } from './producer.mjs';
import { shareChecks } from './share.mjs';
import { typesChecks } from './types.mjs';

const [bootstrap = '', prefix = '', match = '', skips = '[]'] = process.argv.slice(2);
const checks = new Checks(match, JSON.parse(skips));
const cluster = new Cluster({ bootstrap, prefix });
/** One after another; an area's checks begin with its name. */
const areas = [
  producerChecks,
  consumerChecks,
  adminChecks,
  shareChecks,
  typesChecks,
  patternChecks,
  commandLineChecks,
];
for (const area of areas) await area(checks, cluster);
await cluster.close();
checks.say({ done: true });
process.exit(0);
