import { type PureAssignor, compareText, emptyAssignment, sortedMembers } from './assignor.ts';

/** Each topic by itself, in ranges: the first members get one more where it does not come out even. */
export const rangeAssignor: PureAssignor = {
  name: 'range',
  protocol: 'eager',
  assign(members, partitionCounts) {
    const assignment = emptyAssignment(members);
    const sorted = sortedMembers(members);
    const topics = [...new Set(members.flatMap(({ topics }) => topics))].sort(compareText);
    for (const topic of topics) {
      const count = partitionCounts.get(topic) ?? 0;
      const subscribers = sorted.filter(({ topics }) => topics.includes(topic));
      const each = Math.floor(count / subscribers.length);
      const extra = count % subscribers.length;
      let partition = 0;
      subscribers.forEach(({ memberId }, i) => {
        const end = partition + each + (i < extra ? 1 : 0);
        for (; partition < end; partition++) assignment.get(memberId)!.push({ topic, partition });
      });
    }
    return assignment;
  },
};
