/** A CPU profile of V8 as a tree of calls with their time. */

/**
 * @typedef {object} CpuProfile what `node --cpu-prof` writes
 * @property {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number },
 *   children?: number[] }[]} nodes
 * @property {number[]} samples ids of nodes
 * @property {number[]} timeDeltas µs before each sample
 */

/**
 * @typedef {object} Call
 * @property {string} name
 * @property {string} place file and line
 * @property {number} micros in it and in what it calls
 * @property {Map<string, Call>} calls
 */

/** Time in which nothing runs says nothing of a server. */
const outside = new Set(['(idle)', '(program)']);

/** @param {string} name @param {string} place @returns {Call} */
const newCall = (name, place) => ({ name, place, micros: 0, calls: new Map() });

/** @param {CpuProfile['nodes'][number]['callFrame']} frame */
function placeOf({ url, lineNumber }) {
  const file = url.split('/').slice(-2).join('/');
  return file === '' ? '' : `${file}:${lineNumber + 1}`;
}

/**
 * @param {CpuProfile} profile
 * @returns {Call} the root
 */
export function fold(profile) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  /** The nodes from the root to one of them. @param {number} id */
  const pathOf = (id) => {
    /** @type {CpuProfile['nodes']} */
    const path = [];
    for (let at = /** @type {number | undefined} */ (id); at !== undefined; at = parents.get(at)) {
      const node = nodes.get(at);
      if (node !== undefined) path.unshift(node);
    }
    return path.slice(1); // without V8's own root
  };
  /** @type {Map<number, number>} */
  const micros = new Map();
  for (const [i, id] of profile.samples.entries()) {
    micros.set(id, (micros.get(id) ?? 0) + Math.max(0, profile.timeDeltas[i] ?? 0));
  }
  const root = newCall('all', '');
  for (const [id, time] of micros) {
    const path = pathOf(id);
    if (outside.has(path.at(-1)?.callFrame.functionName ?? '')) continue;
    let call = root;
    call.micros += time;
    for (const { callFrame } of path) {
      const name = callFrame.functionName || '(anonymous)';
      const place = placeOf(callFrame);
      const key = `${name} ${place}`;
      const next = call.calls.get(key) ?? newCall(name, place);
      call.calls.set(key, next);
      next.micros += time;
      call = next;
    }
  }
  return root;
}
