/** The program of the thread that cleans logs. */
import { serveBackground } from '@tidelog/platform';
import { cleaningTask } from './cleaner/cleaning-task.ts';

serveBackground(cleaningTask);
