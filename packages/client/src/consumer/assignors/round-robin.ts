import {
  type PureAssignor,
  emptyAssignment,
  sortedMembers,
  subscribedPartitions,
} from './assignor.ts';

/** All partitions of all topics in turn, to the next member that subscribes to the topic. */
export const roundRobinAssignor: PureAssignor = {
  name: 'roundrobin',
  protocol: 'eager',
  assign(members, partitionCounts) {
    const assignment = emptyAssignment(members);
    const circle = sortedMembers(members);
    let at = 0;
    for (const partition of subscribedPartitions(members, partitionCounts)) {
      while (!circle[at % circle.length]!.topics.includes(partition.topic)) at++;
      assignment.get(circle[at % circle.length]!.memberId)!.push(partition);
      at++;
    }
    return assignment;
  },
};
