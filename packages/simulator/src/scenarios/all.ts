import type { Scenario } from '../scenario.ts';

/** What `npm run simulate` plays. */
export const scenarios: readonly Scenario[] = [];
