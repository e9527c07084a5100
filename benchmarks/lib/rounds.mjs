/** Measures a point in rounds, A B B A, and never waits longer than was said. */

/** @typedef {import('./variants.mjs').Variant} Variant */
/** @typedef {import('../questions/index.mjs').Point} Point */
/** @typedef {{ warmUpMs: number, durationMs: number, rounds: number }} Pace */

/**
 * @typedef {object} Result
 * @property {string} question
 * @property {string} group the table that it is a row of
 * @property {string} name
 * @property {number} [size] in a series whose points have ever more of something
 * @property {import('./figures.mjs').Figure[]} figures
 * @property {number[]} headline which of the figures stand in the short table
 * @property {Partial<Record<import('./variants.mjs').VariantId, number[][]>>} samples of each round
 * @property {Partial<Record<import('./variants.mjs').VariantId, string>>} failed and why
 */

/** A session of a point: what one variant has open while its rounds last. */
/** @typedef {import('../questions/index.mjs').Session} Session */

const openTimeoutMs = 240_000;
const closeTimeoutMs = 60_000;
const measureTimeoutMs = 60_000;

/**
 * A B, then B A, and so on: what drifts on the machine meets all alike.
 * @template T
 * @param {T[]} things
 * @param {number} round
 */
export const inTurn = (things, round) => (round % 2 === 0 ? things : things.toReversed());

/**
 * @template T
 * @param {() => Promise<T>} task
 * @param {number} timeoutMs
 * @returns {Promise<T>} rejects when it takes longer; the task itself is left to its end
 */
export async function within(task, timeoutMs) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  const running = task();
  running.catch(() => {}); // when it fails after its time nobody looks any more
  try {
    return /** @type {T} */ (await Promise.race([running, late]));
  } finally {
    clearTimeout(timer);
  }
}

let unique = 0;

/**
 * @param {Point} point
 * @param {Variant[]} variants
 * @param {{ pace: Pace, recover: (variant: Variant) => Promise<void> }} options `recover` is called
 *   after a failure, which may have left a server in any state
 * @returns {Promise<Result>}
 */
export async function measurePoint(point, variants, { pace, recover }) {
  const measured = variants.filter(({ id }) => point.variants.includes(id));
  /** @type {Result} */
  const result = {
    question: point.question,
    group: point.group ?? point.question,
    name: point.name,
    ...(point.size !== undefined && { size: point.size }),
    figures: point.figures,
    headline: point.headline ?? [],
    samples: Object.fromEntries(measured.map(({ id }) => [id, []])),
    failed: {},
  };
  /** @type {Map<Variant, Session>} */
  const sessions = new Map();
  const attempt = async (
    /** @type {Variant} */ variant,
    /** @type {() => Promise<void>} */ task,
    /** @type {number} */ timeoutMs,
  ) => {
    try {
      await within(task, timeoutMs);
    } catch (error) {
      result.failed[variant.id] = /** @type {Error} */ (error).message;
      sessions.delete(variant);
      await recover(variant);
    }
  };
  for (const variant of measured) {
    // The floor, too: its points ask nothing of it that only brokers have.
    const broker = /** @type {import('./brokers.mjs').Broker} */ (variant.broker);
    const context = { broker, ...pace, unique: `${unique++}` };
    const open = async () => void sessions.set(variant, await point.open(context));
    await attempt(variant, open, openTimeoutMs);
  }
  const rounds = Math.min(pace.rounds, point.rounds ?? pace.rounds);
  for (let round = 0; round < rounds; round++) {
    for (const variant of inTurn(measured, round)) {
      const session = sessions.get(variant);
      if (session === undefined) continue;
      const take = async () =>
        void result.samples[variant.id]?.push(await session.measure(`${unique++}`));
      await attempt(variant, take, point.timeoutMs ?? measureTimeoutMs);
    }
  }
  for (const [variant, session] of sessions) {
    await attempt(variant, () => session.close(), closeTimeoutMs);
  }
  return result;
}
