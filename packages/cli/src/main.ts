#!/usr/bin/env node
/**
 * Starts the bundled command line (`scripts/bundle.mjs`), with its code as V8 compiled it in an earlier run.
 * Nothing else belongs here: this file itself is compiled anew each time.
 */
import { programLoader } from './code-cache/load-program.ts';
import type * as Program from './program.ts';

const load = programLoader(import.meta.dirname, require);
const { main } = load('./program.cjs') as typeof Program;
void main(process.argv.slice(2));
