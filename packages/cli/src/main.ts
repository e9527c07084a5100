#!/usr/bin/env node
/**
 * Starts the bundled command line (`scripts/bundle.mjs`), with its code as V8 compiled it in an earlier run.
 * Nothing else belongs here: this file itself is compiled anew each time.
 */
import { readLockTable } from './broker/lock-table.ts';
import { setPoolThreads } from './broker/pool-threads.ts';
import type * as RunDirectly from './broker/run-directly.ts';
import { programLoader } from './code-cache/load-program.ts';
import type * as Program from './program.ts';

const load = programLoader(import.meta.dirname, require);
const args = process.argv.slice(2);
const isBroker = args[0] === 'start' || args[0] === 'dev';
if (!isBroker || !brokerRuns()) void (load('./program.cjs') as typeof Program).main(args);

function brokerRuns(): boolean {
  setPoolThreads();
  const lockTable = readLockTable(); // while the broker is loaded
  const parts = load('./broker.cjs') as Record<string, () => typeof RunDirectly>;
  return parts['broker/run-directly.ts']!().runDirectly(args, lockTable);
}
