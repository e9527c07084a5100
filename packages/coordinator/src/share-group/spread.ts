import type {
  Assignor,
  GroupSpec,
  TopicDescriber,
  TopicPartitions,
} from '../assignors/assignor.ts';

interface Pool {
  readonly memberIds: string[];
  readonly partitions: [topicId: string, partition: number][];
}

/**
 * Partitions are given to members evenly, and where there are more members than partitions, each
 * partition to as many members as the others. What a member has it keeps where that is fair.
 */
export const simpleAssignor: Assignor = {
  name: 'simple',
  assign(group, topics) {
    const target = new Map<string, Map<string, Set<number>>>();
    for (const memberId of group.members.keys()) target.set(memberId, new Map());
    for (const pool of poolsOf(group, topics).values()) spread(group, pool, target);
    return target;
  },
};

/** Topics with the same subscribers are shared out together. */
function poolsOf(group: GroupSpec, topics: TopicDescriber): Map<string, Pool> {
  const subscribers = new Map<string, string[]>();
  for (const [memberId, { subscribedTopicIds }] of group.members) {
    for (const topicId of subscribedTopicIds) {
      const known = subscribers.get(topicId);
      if (known === undefined) subscribers.set(topicId, [memberId]);
      else known.push(memberId);
    }
  }
  const pools = new Map<string, Pool>();
  for (const [topicId, memberIds] of subscribers) {
    const name = group.homogeneous ? '' : memberIds.join('\n');
    let pool = pools.get(name);
    if (pool === undefined) pools.set(name, (pool = { memberIds, partitions: [] }));
    const count = topics.partitionCount(topicId);
    for (let partition = 0; partition < count; partition++) {
      if (group.isAssignable(topicId, partition)) pool.partitions.push([topicId, partition]);
    }
  }
  return pools;
}

function spread(
  group: GroupSpec,
  { memberIds, partitions }: Pool,
  target: Map<string, Map<string, Set<number>>>,
): void {
  if (partitions.length === 0) return;
  const sharing = Math.ceil(memberIds.length / partitions.length);
  const each = (sharing * partitions.length) / memberIds.length;
  /** How many more partitions each member may have. */
  const room = new Map(
    memberIds.map((memberId, at) => [memberId, Math.ceil(each * (at + 1)) - Math.ceil(each * at)]),
  );
  const owners = partitions.map(() => new Set<string>());
  const give = (at: number, memberId: string): void => {
    const [topicId, partition] = partitions[at]!;
    owners[at]!.add(memberId);
    room.set(memberId, room.get(memberId)! - 1);
    add(target.get(memberId)!, topicId, partition);
  };
  for (const [at, [topicId, partition]] of partitions.entries()) {
    for (const memberId of memberIds) {
      if (owners[at]!.size === sharing) break;
      const had: TopicPartitions = group.members.get(memberId)!.assignment;
      if (had.get(topicId)?.has(partition) === true && room.get(memberId)! > 0) give(at, memberId);
    }
  }
  let next = 0;
  for (const at of partitions.keys()) {
    for (let tries = 0; tries < memberIds.length && owners[at]!.size < sharing; tries++) {
      const memberId = memberIds[next++ % memberIds.length]!;
      if (room.get(memberId)! > 0 && !owners[at]!.has(memberId)) give(at, memberId);
    }
  }
}

function add(assignment: Map<string, Set<number>>, topicId: string, partition: number): void {
  const partitions = assignment.get(topicId);
  if (partitions === undefined) assignment.set(topicId, new Set([partition]));
  else partitions.add(partition);
}
