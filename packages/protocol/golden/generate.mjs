#!/usr/bin/env node
/**
 * Makes the golden bytes that this package's tests read, with Apache Kafka's own serialisers:
 *
 *     node packages/protocol/golden/generate.mjs            both files anew
 *     node packages/protocol/golden/generate.mjs verify     batches from the standard input, one in base64
 *                                                           on each line; prints what Kafka reads of them
 *
 * It needs Java 17 or newer, and Maven to fetch the jars once; KAFKA_LIBS names a folder that has them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const libs = process.env.KAFKA_LIBS ?? join(here, '.cache', 'libs');

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error !== undefined) console.error(`${command} cannot be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(libs)) {
  const goal = 'dependency:copy-dependencies';
  const pom = join(here, 'java', 'pom.xml');
  run('mvn', ['-q', '-B', '-f', pom, goal, `-DoutputDirectory=${libs}`, '-DincludeScope=runtime']);
}
const classes = join(here, '.cache', 'classes');
const sources = readdirSync(join(here, 'java')).filter((name) => name.endsWith('.java'));
const files = sources.map((name) => join(here, 'java', name));
run('javac', ['-d', classes, '-cp', join(libs, '*'), ...files]);
const java = ['-cp', [classes, join(libs, '*')].join(delimiter), 'Golden'];
if (process.argv[2] === 'verify') {
  run('java', [...java, 'verify']);
} else {
  for (const what of ['records', 'messages']) {
    run('java', [...java, what, join(here, `${what}.jsonl.gz`)]);
  }
}
