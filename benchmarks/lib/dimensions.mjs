/** The shapes of a question that has several dimensions. */

/**
 * @template {Record<string, any>} Shape
 * @param {{ [K in keyof Shape]: Shape[K][] }} dimensions
 * @returns {Shape[]} every combination
 */
export function product(dimensions) {
  /** @type {any[]} */
  let shapes = [{}];
  for (const [name, values] of Object.entries(dimensions)) {
    shapes = shapes.flatMap((shape) =>
      values.map((/** @type {any} */ value) => ({ ...shape, [name]: value })),
    );
  }
  return shapes;
}

/**
 * In how many dimensions a shape differs from another: 0 is the centre itself, 1 is on an axis.
 * @param {Record<string, unknown>} shape
 * @param {Record<string, unknown>} centre
 */
export const distance = (shape, centre) =>
  Object.entries(shape).filter(([name, value]) => centre[name] !== value).length;
