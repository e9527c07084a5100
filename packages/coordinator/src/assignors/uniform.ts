import type { Assignor } from './assignor.ts';
import { assignAlike } from './uniform-alike.ts';
import { assignMixed } from './uniform-mixed.ts';

/** Balances partitions over members, and moves as few as that allows (KIP-848). */
export const uniformAssignor: Assignor = {
  name: 'uniform',
  assign: (group, topics) =>
    group.homogeneous ? assignAlike(group, topics) : assignMixed(group, topics),
};
