import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';

/**
 * Work that would keep the event loop from its clients for too long, done beside it: in another thread,
 * or in steps between everything else.
 */
export interface Background {
  /**
   * Starts `task`. `input` and the reports are copied on the way, as by `structuredClone`; reports come
   * in order, each in a turn of its own.
   */
  run<Input, Report>(
    task: BackgroundTask<Input, Report>,
    input: Input,
    onReport: (report: Report) => void,
  ): BackgroundRun;
}

export interface BackgroundTask<Input, Report> {
  /** The program. It stands on nothing but its context, and yields often. */
  readonly steps: (input: Input, context: BackgroundContext) => BackgroundSteps<Report>;
  /** Modules that call `serveBackground(task)`, of which the first that is there runs in a thread. */
  readonly entries: readonly URL[];
}

export type BackgroundSteps<Report> = Generator<BackgroundStep<Report>, void>;

/** A moment in which a task may be stopped, and lets others have a turn. */
export interface BackgroundStep<Report> {
  readonly report?: Report;
  /** Goes on only after so long. */
  readonly restMs?: number;
}

export interface BackgroundContext {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export interface BackgroundRun {
  /** Resolves when the task has come to its end, or was stopped; rejects with what it threw. */
  readonly ended: Promise<void>;
  /** Ends the task in the middle of whatever it does. No report comes any more. Resolves when it is gone. */
  stop(): Promise<void>;
}
