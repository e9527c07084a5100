/** What the load can do by itself, against a server that does nothing. */
import { fileURLToPath } from 'node:url';
import { exited } from '../../conformance/lib/process.mjs';
import { ask } from '../../conformance/lib/wire.mjs';
import { drive } from './load.mjs';
import { startServer } from './servers.mjs';

const sink = fileURLToPath(new URL('sink.mjs', import.meta.url));

/**
 * @param {number} port
 * @param {{ request: Buffer, replyBytes: number, inFlight: number, moved: number }} what `moved`
 *   is what one request counts as
 * @returns {Promise<number>} MB/s
 */
export async function ceiling(port, { request, replyBytes, inFlight, moved }) {
  const args = [sink, port, request.length, replyBytes].map(String);
  const child = startServer([process.execPath, ...args], 'ignore');
  try {
    await listening(port);
    const frames = Buffer.concat(Array(inFlight).fill(request));
    const source = {
      requests: (/** @type {number} */ count) => frames.subarray(0, count * request.length),
      reply: () => moved,
    };
    const { bytes, seconds } = await drive({
      port,
      sources: Array.from({ length: 4 }, () => source),
      inFlight,
      warmUpMs: 300,
      durationMs: 1000,
      cpuSeconds: () => 0,
    });
    return bytes / 1e6 / seconds;
  } finally {
    child.kill('SIGKILL');
    await exited(child, 5000);
  }
}

/** @param {number} port */
async function listening(port) {
  const request = { api: 0, version: 0, body: Buffer.alloc(0) };
  for (let tries = 0; tries < 500; tries++) {
    const refused = await ask(`127.0.0.1:${port}`, request, 20).then(
      () => false,
      (/** @type {Error} */ error) => error.message.includes('ECONNREFUSED'),
    );
    if (!refused) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the sink does not listen');
}
