/** Turns of the event loop that were long, of a CPU profile of V8, with what they were spent on. */

/** @typedef {import('./fold.mjs').CpuProfile} CpuProfile */

/**
 * @typedef {object} Turn a stretch in which the event loop had no rest
 * @property {number} millis without those of the garbage collector
 * @property {number} collectorMillis
 * @property {string} cause the call that most of it was spent in, and who made it
 */

const GARBAGE_COLLECTOR = '(garbage collector)';
/** Between callbacks: V8 sees no call of ours. */
const REST = new Set(['(idle)', '(program)', '(root)']);
/** A call that has this share of a turn is its cause, rather than one of its callers. */
const MOST = 0.5;

/** @param {CpuProfile['nodes'][number]} node */
const nameOf = ({ callFrame: { functionName, url, lineNumber } }) => {
  const file = url.split('/').slice(-1)[0];
  return `${functionName || '(anonymous)'}${file ? ` (${file}:${lineNumber + 1})` : ''}`;
};

/**
 * @param {CpuProfile} profile
 * @param {number} longerThanMillis
 * @returns {Turn[]} the longest first
 */
export function longTurns(profile, longerThanMillis) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  /** @type {Turn[]} */
  const turns = [];
  /** µs of each node in the turn at hand. @type {Map<number, number>} */
  let micros = new Map();
  let collectorMicros = 0;
  const finish = () => {
    const total = [...micros.values()].reduce((sum, each) => sum + each, 0);
    if (total > longerThanMillis * 1000) {
      const cause = causeOf(micros, total);
      turns.push({ millis: total / 1000, collectorMillis: collectorMicros / 1000, cause });
    }
    micros = new Map();
    collectorMicros = 0;
  };
  /** @param {Map<number, number>} own @param {number} total */
  const causeOf = (own, total) => {
    /** With what each calls. @type {Map<number, number>} */
    const all = new Map();
    for (const [id, time] of own) {
      for (
        let at = /** @type {number | undefined} */ (id);
        at !== undefined;
        at = parents.get(at)
      ) {
        all.set(at, (all.get(at) ?? 0) + time);
      }
    }
    /** From the outermost call down, as long as one of the calls has most of it. */
    const path = [];
    let at = /** @type {number | undefined} */ (profile.nodes[0]?.id);
    while (at !== undefined) {
      const node = nodes.get(at);
      if (node !== undefined && at !== profile.nodes[0]?.id) path.push(nameOf(node));
      at = node?.children?.find((child) => (all.get(child) ?? 0) >= total * MOST);
    }
    return path.slice(-4).join(' > ') || 'many';
  };
  for (const [i, id] of profile.samples.entries()) {
    // A sample stands for the time up to the next one.
    const time = Math.max(0, profile.timeDeltas[i + 1] ?? 0);
    const name = nodes.get(id)?.callFrame.functionName ?? '';
    if (REST.has(name)) finish();
    else if (name === GARBAGE_COLLECTOR) collectorMicros += time;
    else micros.set(id, (micros.get(id) ?? 0) + time);
  }
  finish();
  return turns.sort((a, b) => b.millis - a.millis);
}
