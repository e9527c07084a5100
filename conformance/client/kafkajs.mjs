/** kafkajs as the judge of what our client has written: it reads what is committed. */
import { createRequire } from 'node:module';
import { tools } from '../lib/tools.mjs';
import { Cluster as KafkajsCluster } from '../node/cluster.mjs';
import { registerCodecs } from '../node/codecs.mjs';

/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @type {KafkajsCluster | undefined} */
let judge;

/** @param {Cluster} cluster */
export async function kafkajs({ bootstrap, prefix }) {
  if (judge !== undefined) return judge;
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  const require = createRequire(`${await tools.node()}/`);
  registerCodecs(require);
  judge = new KafkajsCluster(require('kafkajs'), { bootstrap, prefix: `${prefix}-judge` });
  await judge.connect();
  return judge;
}
