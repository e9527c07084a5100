import type { Scenario } from '../scenario.ts';
import { logCrash } from './log-crash.ts';

/** What `npm run simulate` plays. */
export const scenarios: readonly Scenario[] = [logCrash];
