// Starts the bundled broker once, so that its compiled code lies beside it before somebody waits for a start.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

export async function warm(root) {
  const dist = join(root, 'packages', 'cli', 'dist');
  const code = join(dist, 'code', `broker.cjs.${process.version}-${process.arch}.bin`);
  if (modifiedMs(code) > modifiedMs(join(dist, 'broker.cjs'))) return;
  const args = [join(dist, 'tidelog.cjs'), 'dev', '--port', '0'];
  const broker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  broker.stdout.on('data', (chunk) => {
    said += chunk;
    if (said.includes('Ctrl-C stops it.')) broker.kill('SIGINT');
  });
  await new Promise((resolve) => broker.once('close', resolve));
}

const modifiedMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
