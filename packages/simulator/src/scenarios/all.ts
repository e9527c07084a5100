import type { Scenario } from '../scenario.ts';
import { brokerCrash } from './broker-crash.ts';
import { logCrash } from './log-crash.ts';

/** What `npm run simulate` plays. */
export const scenarios: readonly Scenario[] = [logCrash, brokerCrash];
