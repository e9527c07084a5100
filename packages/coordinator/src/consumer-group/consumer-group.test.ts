import { describe, expect, it } from 'vitest';
import { Consumers, nameOf, topicId } from './consumers.test-machine.ts';

function started(partitions = 4, consumer = {}): Consumers {
  const consumers = new Consumers({}, { assignmentIntervalMs: 0, ...consumer });
  consumers.setTopic('t', partitions);
  return consumers;
}

describe('a consumer group', () => {
  it('gives its first member everything at once', () => {
    const consumers = started(2);
    expect(consumers.join('a')).toMatchObject({
      errorCode: 0,
      memberId: 'a',
      memberEpoch: 2,
      heartbeatIntervalMs: 5_000,
      assignment: { topicPartitions: [{ topicId: topicId('t'), partitions: [0, 1] }] },
    });
    expect(consumers.group.state).toBe('Stable');
    expect(consumers.step('a').assignment).toBeNull();
  });

  it('writes its records in the order of Apache Kafka', () => {
    const consumers = started();
    consumers.join('a');
    expect(consumers.driver.log.map(({ kind }) => kind)).toEqual([
      'ConsumerGroupMemberMetadata',
      'ConsumerGroupMetadata',
      'ConsumerGroupTargetAssignmentMember',
      'ConsumerGroupTargetAssignmentMetadata',
      'ConsumerGroupCurrentMemberAssignment',
    ]);
  });

  it('takes partitions from one and gives them to another only when they were let go', () => {
    const consumers = started();
    consumers.join('a');
    expect(consumers.join('b')).toMatchObject({
      memberEpoch: 3,
      assignment: { topicPartitions: [] },
    });
    expect(consumers.owned()).toBe('a: t0 t1 t2 t3; b: ');
    // The first is told to give up; it stays in its epoch until it has.
    expect(consumers.step('a')).toMatchObject({ memberEpoch: 2 });
    expect(consumers.owned()).toBe('a: t0 t1 (t2) (t3); b: ');
    expect(consumers.beat('a', { memberEpoch: 2 }).memberEpoch).toBe(2);
    expect(consumers.step('b').assignment).toBeNull();
    expect(consumers.step('a').memberEpoch).toBe(3);
    expect(consumers.step('b').assignment?.topicPartitions).toHaveLength(1);
    expect(consumers.owned()).toBe('a: t0 t1; b: t2 t3');
    expect(consumers.group.state).toBe('Stable');
  });

  it('assigns anew when a topic grows, appears or goes', () => {
    const consumers = started(1);
    consumers.join('a', { subscribedTopicNames: ['t', 'u'] });
    consumers.setTopic('t', 3);
    consumers.step('a');
    expect(consumers.owned()).toBe('a: t0 t1 t2');
    consumers.setTopic('u', 1);
    consumers.step('a');
    expect(consumers.owned()).toBe('a: t0 t1 t2 u0');
    const { groupEpoch } = consumers.group;
    consumers.setTopic('other', 1);
    consumers.step('a');
    expect(consumers.group.groupEpoch, 'nobody subscribes to it').toBe(groupEpoch);
    consumers.deleteTopic('t');
    consumers.step('a');
    consumers.step('a');
    expect(consumers.owned()).toBe('a: u0');
  });

  it('takes what a member no longer subscribes to at once', () => {
    const consumers = started(1);
    consumers.setTopic('u', 1);
    consumers.join('a', { subscribedTopicNames: ['t', 'u'] });
    consumers.step('a', { subscribedTopicNames: ['u'] });
    expect(consumers.owned()).toBe('a: u0 (t0)');
    consumers.step('a');
    expect(consumers.owned()).toBe('a: u0');
  });

  it('makes a target at most once in an interval', () => {
    const consumers = started(2, { assignmentIntervalMs: 1_000 });
    consumers.join('a');
    const epoch = consumers.group.assignmentEpoch;
    expect(consumers.join('b').memberEpoch).toBe(epoch);
    expect(consumers.group.state).toBe('Assigning');
    consumers.driver.pass(1_000);
    consumers.step('a');
    expect(consumers.group.assignmentEpoch).toBe(epoch + 1);
  });

  it('forgets who is silent, and who leaves', () => {
    const consumers = started();
    consumers.join('a');
    consumers.join('b');
    consumers.driver.pass(30_000);
    consumers.step('b');
    consumers.driver.pass(20_000);
    consumers.step('b');
    expect(consumers.owned()).toBe('b: t0 t1 t2 t3');
    expect(consumers.beat('b', { memberEpoch: -1 })).toMatchObject({
      errorCode: 0,
      memberEpoch: -1,
    });
    expect(consumers.group.state).toBe('Empty');
    expect(nameOf(consumers.beat('b', { memberEpoch: 3 }))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('takes a member out that does not let go in time', () => {
    const consumers = started(4, { sessionTimeoutMs: 45_000 });
    consumers.join('a', { rebalanceTimeoutMs: 10_000 });
    consumers.join('b');
    consumers.step('a');
    consumers.driver.pass(9_999);
    consumers.beat('a', { memberEpoch: 2 });
    expect(consumers.group.members.has('a')).toBe(true);
    consumers.driver.pass(1);
    expect(consumers.group.members.has('a')).toBe(false);
  });

  it('fences members with epochs that are not theirs', () => {
    const consumers = started(2);
    consumers.join('a');
    expect(nameOf(consumers.beat('a', { memberEpoch: 9 }))).toBe('FENCED_MEMBER_EPOCH');
    expect(nameOf(consumers.beat('a', { memberEpoch: 1 }))).toBe('FENCED_MEMBER_EPOCH');
    expect(nameOf(consumers.beat('x', { memberEpoch: 2 }))).toBe('UNKNOWN_MEMBER_ID');
    consumers.setTopic('t', 4);
    consumers.step('a');
    expect(consumers.group.members.get('a')!.ownership.memberEpoch).toBe(3);
    const missed = {
      memberEpoch: 2,
      topicPartitions: [{ topicId: topicId('t'), partitions: [0] }],
    };
    expect(consumers.beat('a', missed).errorCode, 'the reply was lost').toBe(0);
    const forged = {
      memberEpoch: 2,
      topicPartitions: [{ topicId: topicId('t'), partitions: [9] }],
    };
    expect(nameOf(consumers.beat('a', forged))).toBe('FENCED_MEMBER_EPOCH');
    expect(consumers.join('a').memberEpoch, 'it may begin anew').toBe(3);
  });

  it('is not there before somebody joins, and not larger than it may be', () => {
    const consumers = new Consumers({ maxConsumerGroupSize: 1 });
    expect(nameOf(consumers.beat('a', { memberEpoch: 1 }))).toBe('GROUP_ID_NOT_FOUND');
    expect(nameOf(consumers.beat('a', { memberEpoch: -1 }))).toBe('GROUP_ID_NOT_FOUND');
    consumers.join('a');
    expect(nameOf(consumers.join('b'))).toBe('GROUP_MAX_SIZE_REACHED');
    expect(consumers.join('a').errorCode).toBe(0);
  });
});

describe('a heartbeat that no record can hold', () => {
  it.each([
    ['a long name', ['x'.repeat(40_000)]],
    ['many names', Array.from({ length: 20_000 }, (_, i) => `${'x'.repeat(80)}${i}`)],
  ])('is refused, and changes nothing: %s', (_what, subscribedTopicNames) => {
    const consumers = started();
    expect(nameOf(consumers.join('a', { subscribedTopicNames }))).toBe('UNKNOWN_SERVER_ERROR');
    expect(consumers.driver.machine.table.groups.size).toBe(0);
    expect(consumers.driver.log).toEqual([]);
  });
});

describe('a static member', () => {
  const instance = { instanceId: 'i' };

  it('keeps its partitions while it is away, and comes back under another id', () => {
    const consumers = started(2);
    consumers.join('a', instance);
    const { groupEpoch } = consumers.group;
    expect(nameOf(consumers.join('b', instance))).toBe('UNRELEASED_INSTANCE_ID');
    expect(consumers.beat('a', { ...instance, memberEpoch: -2 }).memberEpoch).toBe(-2);
    expect(consumers.owned()).toBe('a: t0 t1');
    expect(consumers.join('b', instance)).toMatchObject({
      memberEpoch: groupEpoch,
      assignment: { topicPartitions: [{ partitions: [0, 1] }] },
    });
    expect(consumers.group.groupEpoch, 'there was no rebalance').toBe(groupEpoch);
    expect(consumers.owned()).toBe('b: t0 t1');
    expect(nameOf(consumers.beat('a', { ...instance, memberEpoch: 2 }))).toBe('FENCED_INSTANCE_ID');
    expect(nameOf(consumers.beat('a', { ...instance, memberEpoch: -1 }))).toBe(
      'FENCED_INSTANCE_ID',
    );
    expect(nameOf(consumers.beat('a', { instanceId: 'x', memberEpoch: 2 }))).toBe(
      'UNKNOWN_MEMBER_ID',
    );
  });

  it('comes back under the same id', () => {
    const consumers = started(2);
    consumers.join('a', instance);
    consumers.beat('a', { ...instance, memberEpoch: -2 });
    expect(consumers.join('a', instance).memberEpoch).toBe(2);
    expect(consumers.owned()).toBe('a: t0 t1');
  });

  it('that stays away for too long is out', () => {
    const consumers = started(2);
    consumers.join('a', instance);
    consumers.beat('a', { ...instance, memberEpoch: -2 });
    consumers.driver.pass(45_000);
    expect(consumers.group.isEmpty).toBe(true);
  });
});

describe('subscriptions by a regular expression', () => {
  it('are matched against all topics, a moment after they came', () => {
    const consumers = started(1);
    consumers.setTopic('top', 1);
    consumers.setTopic('stop', 1);
    const joined = consumers.join('a', { subscribedTopicRegex: 't.*' });
    expect(joined).toMatchObject({ errorCode: 0, assignment: { topicPartitions: [] } });
    consumers.driver.pass(1);
    consumers.step('a');
    expect(consumers.owned()).toBe('a: t0 top0');
    consumers.setTopic('tap', 1);
    consumers.driver.pass(10_001);
    consumers.step('a');
    consumers.driver.pass(1);
    consumers.step('a');
    expect(consumers.owned()).toBe('a: t0 top0 tap0');
    expect(consumers.group.isSubscribedTo('tap')).toBe(true);
  });

  it('are shared by members, and forgotten with the last of them', () => {
    const consumers = started(2);
    consumers.join('a', { subscribedTopicRegex: 't' });
    consumers.driver.pass(1);
    consumers.step('a');
    consumers.join('b', { subscribedTopicRegex: 't' });
    consumers.step('a');
    consumers.step('a');
    consumers.step('b');
    expect(consumers.owned()).toBe('a: t0; b: t1');
    consumers.step('a', { subscribedTopicRegex: '' });
    expect(consumers.group.topics.resolved.has('t')).toBe(true);
    consumers.beat('b', { memberEpoch: -1 });
    expect(consumers.group.topics.resolved.size).toBe(0);
    expect(consumers.group.isSubscribedTo('t')).toBe(false);
  });

  it('that are none are refused, and change nothing', () => {
    const consumers = started(1);
    for (const bad of ['(', '(?=a)', 'a{2000}', '((a{100}){100}){100}', 'a'.repeat(10_000)]) {
      const reply = consumers.join('a', { subscribedTopicRegex: bad });
      expect(nameOf(reply), bad.slice(0, 30)).toBe('INVALID_REGULAR_EXPRESSION');
    }
    expect(consumers.driver.machine.table.groups.size).toBe(0);
    expect(consumers.driver.log).toEqual([]);
  });
});

describe('offsets of a consumer group', () => {
  it('are committed by members in their epoch, or in the epoch of the partition', () => {
    const consumers = started(2);
    consumers.join('a');
    consumers.setTopic('t', 3);
    consumers.step('a');
    const { group } = consumers;
    const committer = { instanceId: null, transactional: false, apiVersion: 9 };
    const check = (memberId: string, epoch: number, partition = 0) => {
      const result = group.checkCommit({ ...committer, memberId, epoch });
      const problem =
        typeof result === 'function'
          ? result({ name: 't', topicId: topicId('t') }, partition)
          : result;
      return problem?.name ?? 'NONE';
    };
    expect(check('a', 3)).toBe('NONE');
    expect(check('a', 2, 0), 'it had the partition then').toBe('NONE');
    expect(check('a', 2, 2), 'it had not').toBe('STALE_MEMBER_EPOCH');
    expect(check('a', 4)).toBe('STALE_MEMBER_EPOCH');
    expect(check('x', 3)).toBe('UNKNOWN_MEMBER_ID');
    expect(check('', -1)).toBe('UNKNOWN_MEMBER_ID');
    const old = { ...committer, memberId: 'a', epoch: 3, apiVersion: 8 };
    expect(group.checkCommit(old)).toMatchObject({ name: 'UNSUPPORTED_VERSION' });
    const nameless = { ...committer, memberId: '', epoch: -1, transactional: true };
    expect(group.checkCommit(nameless)).toBeNull();
    expect(group.checkFetch('a', 2)).toMatchObject({ name: 'STALE_MEMBER_EPOCH' });
    expect(group.checkFetch('a', 3)).toBeNull();
    expect(group.checkFetch(null, -1)).toBeNull();
    expect(group.checkFetch('x', 3)).toMatchObject({ name: 'UNKNOWN_MEMBER_ID' });
  });
});
