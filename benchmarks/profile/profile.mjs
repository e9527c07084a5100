/** Runs one point with Node's own profiler in the server, and draws what it says. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Broker } from '../lib/brokers.mjs';
import { flameGraph } from './flame.mjs';
import { fold } from './fold.mjs';
import { longTurns } from './turns.mjs';

const rounds = 3;
export const longTurnMillis = 5;

/**
 * @param {import('../questions/index.mjs').Point} point
 * @param {{ workDir: string, port: number, name: string,
 *   pace: import('../lib/rounds.mjs').Pace }} options `name` of the files, in the working directory
 * @returns {Promise<{ files: string[], turns: import('./turns.mjs').Turn[] }>} the graph, and the profile for other
 *   viewers; the turns in which the event loop was held
 */
export async function profile(point, { workDir, port, name, pace }) {
  const directory = join(workDir, 'profiled');
  const profiles = join(workDir, 'profiles');
  const nodeFlags = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${profiles}`];
  const broker = new Broker('tidelog', { directory, port, nodeFlags });
  await broker.reset();
  if (!point.owns) await broker.start();
  const session = await point.open({ broker, ...pace, unique: 'profiled' });
  for (let round = 0; round < rounds; round++) await session.measure(`profiled-${round}`);
  await session.close();
  if (!point.owns) await broker.stop(); // writes the profile as it exits
  const [largest] = readdirSync(profiles)
    .map((file) => readFileSync(join(profiles, file)))
    .sort((a, b) => b.length - a.length);
  if (largest === undefined) throw new Error('the server has left no profile');
  const files = [`profile-${name}.svg`, `profile-${name}.cpuprofile`];
  const parsed = JSON.parse(String(largest));
  const root = fold(parsed);
  writeFileSync(
    files[0] ?? '',
    flameGraph(root, `${point.name}: ${(root.micros / 1e6).toFixed(1)} s of CPU`),
  );
  writeFileSync(files[1] ?? '', largest);
  return { files, turns: longTurns(parsed, longTurnMillis) };
}
