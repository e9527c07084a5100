/** Sessions of points that keep nothing open between their rounds, and whom points are for. */

/** @type {import('../lib/variants.mjs').VariantId[]} */
export const everyone = ['tidelog', 'native', 'kafka'];

/** Those, and what the least costs that a server can do. @type {import('../lib/variants.mjs').VariantId[]} */
export const everyoneAndFloor = [...everyone, 'floor-c', 'floor-node'];

/** Where the addon is not on the path. @type {import('../lib/variants.mjs').VariantId[]} */
export const both = ['tidelog', 'kafka'];

/** @type {import('../lib/variants.mjs').VariantId[]} */
export const tidelogOnly = ['tidelog'];

/**
 * @param {(context: import('./index.mjs').Context) => Promise<number[]>} measure
 * @returns {import('./index.mjs').Point['open']}
 */
export const eachTime = (measure) => async (context) => ({
  measure: (unique) => measure({ ...context, unique }),
  close: async () => {},
});
