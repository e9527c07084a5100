#!/usr/bin/env node
import { run } from './program.ts';
import { nodeTerminal } from './terminal/node-terminal.ts';

process.exitCode = await run(process.argv.slice(2), nodeTerminal());
