import type { Scenario } from '../scenario.ts';
import { plants, Story } from './moving-leaders/story.ts';
import { scenarioOf } from './scenario-of.ts';

/**
 * All parts of our own client on a cluster whose leaders and coordinators move, and whose nodes go and come
 * back, on a network that delays and breaks connections. What was sent is there once and in order, groups
 * skip nothing, transactions are whole, and all goes on as soon as the cluster lets it.
 */
export const movingLeaders: Scenario = movingLeadersFor({ rounds: 2 });

/** The same story with so many stretches of rough weather. */
export function movingLeadersFor({ rounds }: { rounds: number }): Scenario {
  return scenarioOf({
    name: 'moving-leaders',
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant),
  });
}
