import type { Command } from 'commander';

/** The commands that talk to a cluster. */
export function clientCommands(_program: Command): void {}
