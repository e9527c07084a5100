/** run.mjs PACKAGES BOOTSTRAP PREFIX MATCH: what kafkajs can do, against a broker. */
import { createRequire } from 'node:module';
import { adminChecks } from './admin.mjs';
import { Checks } from './checks.mjs';
import { Cluster } from './cluster.mjs';
import { registerCodecs } from './codecs.mjs';
import { eventChecks } from './events.mjs';
import { groupChecks } from './groups.mjs';
import { recordChecks } from './records.mjs';

const [packages, bootstrap, prefix, match = ''] = /** @type {string[]} */ (process.argv.slice(2));
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
const require = createRequire(`${packages}/`);
registerCodecs(require);
const checks = new Checks(match);
checks.say({ version: require('kafkajs/package.json').version });
const cluster = new Cluster(require('kafkajs'), {
  bootstrap: bootstrap ?? '',
  prefix: prefix ?? '',
});
await cluster.connect();
await recordChecks(checks, cluster);
await groupChecks(checks, cluster);
await adminChecks(checks, cluster);
await eventChecks(checks, cluster);
await cluster.close();
checks.say({ done: true });
process.exit(0);
