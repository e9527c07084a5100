import type { Scenario } from '../scenario.ts';
import { brokerCrash } from './broker-crash.ts';
import { brokerFaults } from './broker-faults.ts';
import { cleanerCrash } from './cleaner-crash.ts';
import { clients } from './clients.ts';
import { classicGroups, consumerGroups } from './consumer-groups.ts';
import { exactlyOnce } from './exactly-once.ts';
import { logCrash } from './log-crash.ts';
import { logFaults } from './log-faults.ts';
import { movingLeaders } from './moving-leaders.ts';
import { shareGroups } from './share-groups.ts';

/** What `npm run simulate` plays. */
export const scenarios: readonly Scenario[] = [
  logCrash,
  logFaults,
  cleanerCrash,
  brokerCrash,
  brokerFaults,
  exactlyOnce,
  consumerGroups,
  classicGroups,
  shareGroups,
  clients,
  movingLeaders,
];
