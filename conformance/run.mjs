#!/usr/bin/env node
/** `npm run conformance`: the clients, tools and directories of Apache Kafka against a broker. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir, repositoryDir } from './lib/cache.mjs';
import { writeDocs } from './lib/docs.mjs';
import { writeRelease } from './lib/release-docs.mjs';
import { killAll } from './lib/process.mjs';
import { Report } from './lib/report.mjs';
import { freePort, Server } from './lib/server.mjs';
import { Missing } from './lib/tools.mjs';
import { untilReady } from './lib/wire.mjs';
import { suites } from './suites/index.mjs';

const usage = `node conformance/run.mjs [options]
  --target tidelog|kafka   the broker that is started (tidelog)
  --kafka-version X.Y.Z    an Apache Kafka of this release, for our own client alone
  --bootstrap HOST:PORT    a running broker instead; nothing is said of its directories then
  --only NAME[,NAME]       these suites: ${suites.map((suite) => suite.name).join(', ')}
  --match TEXT             only the checks whose name contains this
  --write-docs             write the results into docs/compatibility.md
  --keep                   keep the brokers' directories and the clients' logs`;

/**
 * @typedef {object} Context
 * @property {Report} report
 * @property {string} bootstrap HOST:PORT
 * @property {string} prefix starts every name that a check creates
 * @property {string} match part of the names of the checks to run
 * @property {string} workDir for logs and scratch files
 * @property {Server | undefined} server the broker, where the harness has started it
 * @property {string | undefined} release of Apache Kafka, where another one was asked for
 * @property {import('./lib/server.mjs').Kind} kind what the directory suites start
 */

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} client what the results page calls it
 * @property {'running' | 'directories'} needs a running broker, or the directories of brokers
 * @property {(context: Context) => Promise<void>} run
 */

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'tidelog' },
    'kafka-version': { type: 'string' },
    bootstrap: { type: 'string' },
    only: { type: 'string', default: '' },
    match: { type: 'string', default: '' },
    'write-docs': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const only = values.only.split(',').filter((name) => name !== '');
const unknown = only.find((name) => !suites.some((suite) => suite.name === name));
const release = values['kafka-version'];
if (release !== undefined) only.splice(0, only.length, 'tidelog-client');
const kind = release === undefined ? values.target : 'kafka';
if (values.help || unknown !== undefined || (kind !== 'tidelog' && kind !== 'kafka')) {
  console.log(unknown === undefined ? usage : `There is no suite ${unknown}.\n${usage}`);
  process.exit(values.help ? 0 : 2);
}

const report = new Report();
mkdirSync(cacheDir, { recursive: true });
const workDir = mkdtempSync(join(tmpdir(), 'tidelog-conformance-'));
const wanted = suites.filter((suite) => only.length === 0 || only.includes(suite.name));

/** @param {Suite} suite @param {Context} context */
async function runSuite(suite, context) {
  try {
    await suite.run(context);
  } catch (error) {
    if (error instanceof Missing) report.skip(suite.name, `Skipped: ${error.message}.`);
    else await report.check(suite.name, 'whole run', () => Promise.reject(error));
  }
}

/** @returns {Promise<Server | undefined>} */
async function startTarget() {
  if (values.bootstrap !== undefined) {
    await untilReady(values.bootstrap, { timeoutMs: 10_000 });
    return undefined;
  }
  const port = await freePort();
  const directory = join(workDir, 'target');
  const options = { directory, port, plain: true, release };
  const server = new Server(/** @type {any} */ (kind), options);
  await report.check('broker', 'starts', () => server.start());
  return report.count('FAIL') === 0 ? server : undefined;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });
}
const server = await startTarget();
if (server === undefined && values.bootstrap === undefined) {
  console.log(report.closingLine());
  process.exit(1);
}
/** @type {Context} */
const context = {
  report,
  bootstrap: values.bootstrap ?? /** @type {Server} */ (server).bootstrap,
  prefix: `c${Date.now().toString(36)}`,
  match: values.match,
  workDir,
  server,
  kind: /** @type {any} */ (kind),
  release,
};
for (const suite of wanted.filter((s) => s.needs === 'running')) await runSuite(suite, context);
if (server !== undefined) await report.check('broker', 'stops cleanly', () => server.stop());
for (const suite of wanted.filter((s) => s.needs === 'directories')) {
  if (server === undefined) report.skip(suite.name, 'Skipped: the broker is not ours to stop.');
  else await runSuite(suite, context);
}

const page = join(repositoryDir, 'docs', 'compatibility.md');
if (values['write-docs'] && release !== undefined) writeRelease(page, release, report.results);
else if (values['write-docs']) writeDocs(page, report, suites);
if (values.keep || report.count('FAIL') > 0) console.log(`Logs and directories: ${workDir}`);
else rmSync(workDir, { recursive: true, force: true });
console.log(report.closingLine());
process.exit(report.count('FAIL') === 0 ? 0 : 1);
