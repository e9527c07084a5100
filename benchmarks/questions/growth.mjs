/** How cost grows with the number of something: series whose points have ten times more each. */
import { connections } from './growth/connections.mjs';
import { groups } from './growth/groups.mjs';
import { partitions } from './growth/partitions.mjs';
import { producers } from './growth/producers.mjs';
import { segments } from './growth/segments.mjs';

export const growth = [...partitions, ...connections, ...segments, ...groups, ...producers];
