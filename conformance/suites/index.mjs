/** All suites, in the order in which they run. */
import { apis } from './apis.mjs';
import { clientCluster } from './client-cluster.mjs';
import { clientSecurity } from './client-security.mjs';
import { clients } from './clients.mjs';
import { directories } from './directories.mjs';
import { exactlyOnce } from './exactly-once.mjs';
import { exchange } from './exchange.mjs';
import { kcat } from './kcat.mjs';
import { logDirs } from './log-dirs.mjs';
import { tidelogClient, tidelogClientOnKafka } from './tidelog-client.mjs';

/** @type {import('../run.mjs').Suite[]} */
export const suites = [
  apis,
  ...clients,
  kcat,
  tidelogClient,
  directories,
  tidelogClientOnKafka,
  logDirs,
  exchange,
  exactlyOnce,
  clientSecurity,
  clientCluster,
];
