/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { points } from './questions/index.mjs';

const questions = [...new Set(points.map(({ question }) => question))];

export const usage = `npm run bench -- [options]
  --only QUESTION   one question (repeatable): ${questions.join(', ')}
  --match TEXT      points whose name contains this
  --full            every combination, and the largest sizes: hours
  --quick           one short round of each
  --rounds N        how often each server is measured (5)
  --minutes N       begin nothing more after so long (60)
  --no-kafka        Tidelog alone
  --no-addon        without a column for Tidelog's addon
  --list            name the points, and measure nothing
  --json            the samples as JSON in place of the tables
  --from FILE       the JSON of an earlier run in place of a measurement (repeatable)
  --write           put the results into README.md, docs/performance.md and docs/performance.svg
  --profile NAME    run the first point whose question or name this is with Node's profiler: a flame
                    graph in profile-NAME.svg, and profile-NAME.cpuprofile for speedscope and others`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    match: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '60' },
    'no-kafka': { type: 'boolean', default: false },
    'no-addon': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    from: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  console.log(sentence === '' ? usage : `${sentence}\n${usage}`);
  process.exit(sentence === '' ? 0 : 2);
}

if (values.help) refuse('');
for (const name of values.only) {
  if (!questions.includes(name)) refuse(`There is no question ${name}.`);
}
if (!(Number(values.rounds) >= 1)) refuse(`--rounds ${values.rounds} is not a number of rounds.`);
if (!(Number(values.minutes) > 0)) refuse(`--minutes ${values.minutes} is not a time.`);

export const options = values;

/** @type {import('./lib/rounds.mjs').Pace} */
export const pace = values.quick
  ? { rounds: 1, warmUpMs: 200, durationMs: 500 }
  : { rounds: Number(values.rounds), warmUpMs: 250, durationMs: 900 };

/** The points that were asked for. */
export const chosen = points.filter(
  ({ question, name, isExtra }) =>
    (values.only.length === 0 || values.only.includes(question)) &&
    name.includes(values.match) &&
    (values.full || !isExtra),
);

/** Whom they are asked of. */
export const wanted = new Set(chosen.flatMap(({ variants }) => variants));
if (options['no-kafka']) wanted.delete('kafka');
if (options['no-addon']) wanted.delete('native');

/** @param {string} name @returns {import('./questions/index.mjs').Point} that to profile */
export function profiled(name) {
  const point =
    points.find((each) => each.name === name) ?? points.find((each) => each.question === name);
  return point ?? refuse(`There is no question and no point ${name}.`);
}
