import { keyOf } from '../../topic-partition.ts';
import type { PureAssignor } from './assignor.ts';
import { balanceStickily } from './sticky-balance.ts';

/**
 * Sticky, and cooperative (KIP-429): a partition that moves is first given to nobody, and to its new owner
 * in the rebalance that follows when the old one has let it go.
 */
export const cooperativeStickyAssignor: PureAssignor = {
  name: 'cooperative-sticky',
  protocol: 'cooperative',
  /** The generation, where members of older clients look for it. */
  userData(generationId) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(generationId);
    return bytes;
  },
  assign(members, partitionCounts) {
    const assignment = balanceStickily(members, partitionCounts);
    const claimants = new Map<string, string[]>();
    for (const { memberId, owned } of members) {
      for (const partition of owned) {
        const key = keyOf(partition);
        claimants.set(key, [...(claimants.get(key) ?? []), memberId]);
      }
    }
    for (const [memberId, partitions] of assignment) {
      const free = partitions.filter((partition) => {
        const claimed = claimants.get(keyOf(partition));
        return claimed === undefined || claimed.includes(memberId);
      });
      assignment.set(memberId, free);
    }
    return assignment;
  },
};
