import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import type { Terminal } from '../command/call.ts';

/** The terminal, or the pipes, of this process. Node makes each stream when it is first asked for. */
export function nodeTerminal(): Terminal {
  endQuietlyWithReader();
  const { env, stdout } = process;
  let stop: AbortController | null = null;
  return {
    env,
    get input() {
      return process.stdin;
    },
    get isInputTyped() {
      return isatty(0);
    },
    get isInteractive() {
      return isatty(0) && isatty(2);
    },
    hasColours: (stdout.isTTY ?? false) && !env.NO_COLOR && env.TERM !== 'dumb',
    write: async (bytes) => {
      if (!stdout.write(bytes)) await once(stdout, 'drain');
    },
    tell: (text) => void process.stderr.write(text),
    ask: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    stopped: () => {
      if (stop === null) stop = abortedByInterrupt();
      return stop.signal;
    },
  };
}

/** A reader that has seen enough (`| head`) ends the command, and is no failure. */
function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

function abortedByInterrupt(): AbortController {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.once(name, () => process.exit(130));
      stop.abort();
    });
  }
  return stop;
}
