/** Runs checks one after another and prints a JSON line for each of them. */

export class Checks {
  /**
   * @param {string} match part of the names of the checks to run
   * @param {[names: string, reason: string][]} [skips] patterns of those that the broker cannot pass
   */
  constructor(match, skips = []) {
    this.match = match;
    this.skips = skips.map(([names, reason]) => ({ names: new RegExp(names), reason }));
  }

  /** @param {string} name @param {() => Promise<void>} body */
  async check(name, body) {
    if (!name.includes(this.match)) return;
    const skip = this.skips.find(({ names }) => names.test(name));
    if (skip !== undefined) return this.say({ skip: name, reason: skip.reason });
    const start = performance.now();
    /** @type {Record<string, unknown>} */
    let result = { check: name, ok: true };
    try {
      await body();
    } catch (error) {
      console.error(error);
      result = { check: name, ok: false, error: String(error) };
    }
    this.say({ ...result, ms: Math.round(performance.now() - start) });
  }

  /** @param {object} message */
  say(message) {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  }
}

/** @param {string} what @param {() => Promise<boolean> | boolean} condition */
export async function until(what, condition) {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited 30 s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @param {() => Promise<unknown>} body @param {string} type a kafkajs error's type or name */
export async function refused(body, type) {
  try {
    await body();
  } catch (/** @type {any} */ error) {
    const causes = [error, error.cause, ...(error.errors ?? [])];
    if (causes.some((cause) => cause?.type === type || cause?.name === type)) return;
    throw new Error(`expected ${type}, got ${error}`, { cause: error });
  }
  throw new Error(`expected ${type}, but nothing failed`);
}
