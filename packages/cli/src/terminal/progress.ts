import type { Terminal } from '../command/call.ts';

export interface ProgressBar {
  moveTo(done: number): void;
  /** Takes the bar away. */
  end(): void;
}

const WIDTH = 30;
const ERASE_LINE = '\r\u001b[K';

/** A bar on standard error while somebody looks; nothing where nobody does. */
export function progressBar(terminal: Terminal, label: string, total: number): ProgressBar {
  if (!terminal.isInteractive || total <= 0) return { moveTo: () => {}, end: () => {} };
  let shown = '';
  return {
    moveTo: (done) => {
      const share = Math.min(1, done / total);
      const filled = '='.repeat(Math.round(share * WIDTH)).padEnd(WIDTH);
      const bar = `${label} [${filled}] ${Math.floor(share * 100)} %`;
      if (bar === shown) return;
      shown = bar;
      terminal.tell(`\r${bar}`);
    },
    end: () => terminal.tell(ERASE_LINE),
  };
}
