/** Results: one line for each check as it ends, kept for the closing line and the results page. */

/** @typedef {{ suite: string, name: string, outcome: 'ok' | 'FAIL' | 'skip', ms: number, detail: string }} Result */

export class Report {
  /** @type {Result[]} */
  results = [];
  /** @type {Map<string, string>} the version of each suite's client, as it names itself */
  versions = new Map();

  /** @param {Result} result */
  add(result) {
    this.results.push(result);
    const { outcome, suite, name, ms, detail } = result;
    console.log(`${outcome.padEnd(4)} ${suite}: ${name} (${Math.round(ms)} ms)`);
    if (detail !== '') console.log(detail.replace(/^/gm, '       '));
  }

  /**
   * @param {string} suite
   * @param {string} reason one sentence
   */
  skip(suite, reason) {
    this.add({ suite, name: 'all', outcome: 'skip', ms: 0, detail: reason });
  }

  /**
   * Runs a check; a throw is its failure.
   * @template T
   * @param {string} suite
   * @param {string} name
   * @param {() => Promise<T> | T} body
   * @returns {Promise<T | undefined>} undefined when it failed
   */
  async check(suite, name, body) {
    const start = performance.now();
    try {
      const value = await body();
      this.add({ suite, name, outcome: 'ok', ms: performance.now() - start, detail: '' });
      return value;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.add({ suite, name, outcome: 'FAIL', ms: performance.now() - start, detail });
      return undefined;
    }
  }

  /** @param {Result['outcome']} outcome */
  count(outcome) {
    return this.results.filter((result) => result.outcome === outcome).length;
  }

  /** `N passed, N failed`, and what was skipped if anything was. */
  closingLine() {
    const skipped = this.count('skip');
    const line = `${this.count('ok')} passed, ${this.count('FAIL')} failed`;
    return skipped === 0 ? line : `${line}, ${skipped} skipped`;
  }
}
