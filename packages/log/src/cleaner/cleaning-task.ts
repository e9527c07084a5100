import type { BackgroundTask } from '@tidelog/platform';
import { cleanLog } from './clean-log.ts';
import type { CleaningJob, CleaningReport } from './cleaning-job.ts';

const beside = (path: string) => new URL(path, import.meta.url);

/** `cleanLog`, and where its thread's program is. */
export const cleaningTask: BackgroundTask<CleaningJob, CleaningReport> = {
  steps: cleanLog,
  entries: [
    beside('../worker.js'), // compiled
    beside('cleaner-worker.cjs'), // bundled
    beside('../../dist/worker.js'), // run from source
  ],
};
