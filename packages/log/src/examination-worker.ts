/** The program of the threads that look into compressed batches, and compress others. */
import { serveComputing } from '@tidelog/platform';
import { examinationTask } from './append/examination.ts';

serveComputing(examinationTask);
