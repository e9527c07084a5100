import type { Clock, Timer } from './clock.ts';
import {
  type Computing,
  ComputingError,
  type ComputingPool,
  type ComputingTask,
  type Parcel,
} from './computing.ts';

/** Computes in this thread, in a turn of the clock's: for worlds that have only one thread. */
export class SteppedComputing implements Computing {
  readonly #clock: Clock;
  readonly #durationMs: () => number;

  /** `durationMs` is drawn for each computation, so that later ones may end first. */
  constructor(clock: Clock, durationMs: () => number = () => 0) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  pool<Input, Output>(task: ComputingTask<Input, Output>): ComputingPool<Input, Output> {
    const underWay = new Map<Timer, (error: Error) => void>();
    let closed = false;
    return {
      run: (parcel) =>
        new Promise((resolve, reject) => {
          if (closed) throw new ComputingError('the pool is closed');
          const handedOver = handOver(parcel);
          const timer = this.#clock.setTimer(this.#durationMs(), () => {
            underWay.delete(timer);
            try {
              resolve(handOver(task.compute(handedOver)));
            } catch (error) {
              reject(error);
            }
          });
          underWay.set(timer, reject);
        }),
      close: async () => {
        closed = true;
        for (const [timer, reject] of underWay) {
          timer.cancel();
          reject(new ComputingError('the pool is closed'));
        }
        underWay.clear();
      },
    };
  }
}

/** As between threads: the sender's bytes are gone. */
function handOver<Note>(parcel: Parcel<Note>): Parcel<Note> {
  return structuredClone(parcel, { transfer: [parcel.bytes.buffer] });
}
