/** Records copied in transactions, while the broker is killed and started again and again. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../lib/client.mjs';
import { freePort, Server } from '../lib/server.mjs';
import { javaDriver, tools } from '../lib/tools.mjs';

/** As many as the program copies. */
const records = 100_000;
const kills = 10;
/** After a commit the next transaction is somewhere within this time. */
const longestDelayMs = 120;

/**
 * Kills the broker when a part of the records is copied, in the middle of whatever it does then, and
 * starts it again.
 */
class Killer {
  done = 0;
  /** @type {Promise<void>} */
  #busy = Promise.resolve();
  #server;

  constructor(/** @type {Server} */ server) {
    this.#server = server;
  }

  onProgress(/** @type {number} */ copied) {
    const due = Math.floor((copied * (kills + 1)) / records);
    if (this.done >= Math.min(due, kills)) return;
    this.done++;
    const delayMs = (this.done * 37) % longestDelayMs;
    this.#busy = this.#busy.then(async () => {
      await sleep(delayMs);
      await this.#server.kill();
      await this.#server.start();
    });
  }

  /** Resolves when the broker serves. */
  ready() {
    return this.#busy;
  }
}

/** @type {import('../run.mjs').Suite} */
export const exactlyOnce = {
  name: 'exactly-once',
  client: 'Apache Kafka clients, copying in transactions under kills',
  needs: 'directories',
  async run(context) {
    await tools.java(); // say so at once where it is missing
    const { report, kind, workDir } = context;
    report.versions.set('exactly-once', '4.3.1');
    const server = new Server(kind, {
      directory: join(workDir, 'exactly-once'),
      port: await freePort(),
    });
    await server.start();
    const killer = new Killer(server);
    const label = `killed ${kills} times`;
    const command = await javaDriver('copy');
    await runProgram(
      context,
      'exactly-once',
      [...command, server.bootstrap, label],
      (/** @type {number} */ copied) => killer.onProgress(copied),
    );
    await report.check(
      'exactly-once',
      `${label}: that many kills, and it still serves`,
      async () => {
        await killer.ready();
        if (killer.done !== kills) throw new Error(`it was killed ${killer.done} times`);
      },
    );
    await report.check('exactly-once', `${label}: stops cleanly`, () => server.stop());
  },
};
