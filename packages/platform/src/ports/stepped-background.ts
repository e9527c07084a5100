import type { Background, BackgroundContext, BackgroundRun, BackgroundTask } from './background.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';

/** Runs tasks in this thread, a step in each turn of the clock: for worlds that have only one thread. */
export class SteppedBackground implements Background {
  readonly #clock: Clock;
  readonly #context: BackgroundContext;

  constructor({ clock, disk }: { readonly clock: Clock; readonly disk: Disk }) {
    this.#clock = clock;
    this.#context = { clock, disk };
  }

  run<Input, Report>(
    task: BackgroundTask<Input, Report>,
    input: Input,
    onReport: (report: Report) => void,
  ): BackgroundRun {
    const steps = task.steps(structuredClone(input), this.#context);
    let stop = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      const step = () => {
        try {
          const { done, value } = steps.next();
          if (done === true) return resolve();
          timer = this.#clock.setTimer(value.restMs ?? 0, step);
          if (value.report !== undefined) onReport(structuredClone(value.report));
        } catch (error) {
          timer.cancel();
          reject(error);
        }
      };
      let timer = this.#clock.setTimer(0, step);
      stop = () => {
        timer.cancel();
        resolve();
      };
    });
    return {
      ended,
      stop: async () => stop(),
    };
  }
}
