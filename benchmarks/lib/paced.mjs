/**
 * Load that keeps to a timetable, whatever the server does: what waits because the server was slow has
 * waited since its time had come, and is measured from then.
 */

/**
 * Calls `send` for each turn of a timetable. The load has a core of its own, so it looks at the clock
 * all the time: timers would be late by a millisecond.
 * @param {{ perSecond: number, seconds: number }} pace
 * @param {(dueAt: number) => void} send gets the time at which its turn had come
 * @returns {Promise<void>} when the last has been sent
 */
export function paced({ perSecond, seconds }, send) {
  const begin = performance.now();
  const count = Math.ceil(perSecond * seconds);
  let sent = 0;
  return new Promise((resolve, reject) => {
    const turn = () => {
      try {
        const due = Math.min(count, ((performance.now() - begin) * perSecond) / 1000);
        while (sent < due) send(begin + (sent++ * 1000) / perSecond);
      } catch (error) {
        reject(error);
        return;
      }
      if (sent < count) setImmediate(turn);
      else resolve();
    };
    turn();
  });
}
