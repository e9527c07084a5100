import { consumerProtocolSubscription, type ResponseOf, Writer } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import type { GroupCoordinatorConfig } from '../group/config.ts';
import type { MachineDriver } from '../group/driver.test-machine.ts';
import { Consumers, nameOf, topicId } from './consumers.test-machine.ts';
import { writeAssignment } from './embedded-protocol.ts';

function subscription(topics: string[], owned: Record<string, number[]> = {}): Buffer {
  const writer = new Writer(64);
  writer.int16(1);
  const ownedPartitions = Object.entries(owned).map(([topic, partitions]) => ({
    topic,
    partitions,
  }));
  consumerProtocolSubscription.write(writer, { topics, ownedPartitions }, 1);
  return writer.toBuffer();
}

const protocols = (owned: Record<string, number[]> = {}, topics = ['t']) => [
  { name: 'range', metadata: subscription(topics, owned) },
];

function started(config: Partial<GroupCoordinatorConfig> = {}): Consumers {
  const consumers = new Consumers(config, { assignmentIntervalMs: 0 });
  consumers.setTopic('t', 4);
  return consumers;
}

/** A stable classic group of one member, which has all partitions; its id. */
function classicGroup(consumers: Consumers, partitions = [0, 1, 2, 3]): string {
  const { driver, topics } = consumers;
  const join = driver.join({ apiVersion: 3, protocols: protocols() });
  driver.pass(3_000);
  const { memberId, generationId } = driver.joinReply(join)!;
  const target = new Map([[topicId('t'), new Set(partitions)]]);
  const assignment = writeAssignment(target, topics, subscription(['t']));
  driver.submit({
    api: 'SyncGroup',
    request: {
      groupId: 'g',
      memberId,
      generationId: generationId!,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: [{ memberId, assignment }],
    },
  });
  return memberId;
}

function heartbeat(driver: MachineDriver, memberId: string, generationId: number): string {
  const request = { groupId: 'g', memberId, generationId, groupInstanceId: null };
  const id = driver.submit({ api: 'Heartbeat', request });
  return nameOf(driver.answered.get(id) as ResponseOf<'Heartbeat'>);
}

function sync(driver: MachineDriver, memberId: string, generationId: number) {
  const id = driver.submit({
    api: 'SyncGroup',
    request: {
      groupId: 'g',
      memberId,
      generationId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
    },
  });
  return driver.answered.get(id) as ResponseOf<'SyncGroup'>;
}

describe('a classic group that a member of the consumer protocol joins', () => {
  it('becomes a consumer group, with everyone and everything in it', () => {
    const consumers = started();
    const classic = classicGroup(consumers);
    expect(consumers.join('n').errorCode).toBe(0);
    expect(consumers.group.classicMembers).toBe(1);
    expect(consumers.owned()).toBe(`${classic}: t0 t1 t2 t3; n: `);
    const tombstone = consumers.driver.log.findIndex(
      (event) => event.kind === 'classic' && event.value === null,
    );
    expect(
      consumers.driver.log.slice(tombstone + 1, tombstone + 6).map(({ kind }) => kind),
    ).toEqual([
      'ConsumerGroupMemberMetadata',
      'ConsumerGroupMetadata',
      'ConsumerGroupTargetAssignmentMember',
      'ConsumerGroupTargetAssignmentMetadata',
      'ConsumerGroupCurrentMemberAssignment',
    ]);
  });

  it('lets the classic member move on by joining, syncing and beating', () => {
    const consumers = started();
    const { driver } = consumers;
    const classic = classicGroup(consumers);
    consumers.join('n');
    expect(heartbeat(driver, classic, 1)).toBe('REBALANCE_IN_PROGRESS');
    expect(nameOf(sync(driver, classic, 1))).toBe('REBALANCE_IN_PROGRESS');
    const first = driver.join({ memberId: classic, protocols: protocols({ t: [0, 1, 2, 3] }) });
    expect(driver.joinReply(first)).toMatchObject({ errorCode: 0, generationId: 1, members: [] });
    expect(consumers.owned()).toBe(`${classic}: t0 t1 (t2) (t3); n: `);
    expect(nameOf(sync(driver, classic, 1))).toBe('NONE');
    expect(heartbeat(driver, classic, 1)).toBe('REBALANCE_IN_PROGRESS');
    const second = driver.join({ memberId: classic, protocols: protocols({ t: [0, 1] }) });
    const { generationId } = driver.joinReply(second)!;
    expect(generationId).toBe(consumers.group.groupEpoch);
    expect(sync(driver, classic, generationId!).assignment).toHaveLength(2 + 4 + 3 + 4 + 8 + 4);
    expect(heartbeat(driver, classic, generationId!)).toBe('NONE');
    expect(heartbeat(driver, classic, 1)).toBe('ILLEGAL_GENERATION');
    expect(heartbeat(driver, 'n', generationId!)).toBe('UNKNOWN_MEMBER_ID');
    consumers.step('n');
    expect(consumers.owned()).toBe(`${classic}: t0 t1; n: t2 t3`);
  });

  it('is told when it has to wait for a rebalance', () => {
    const consumers = started();
    const { driver } = consumers;
    classicGroup(consumers);
    const waiting = driver.join({ apiVersion: 3, protocols: protocols() });
    expect(driver.joinReply(waiting)).toBeUndefined();
    consumers.join('n');
    expect(nameOf(driver.joinReply(waiting)!)).toBe('REBALANCE_IN_PROGRESS');
  });

  it('stays as it is where it may not change, or cannot', () => {
    const refuses = (consumers: Consumers, why: string) => {
      const before = consumers.driver.log.length;
      const reply = consumers.join('n');
      expect(nameOf(reply)).toBe('GROUP_ID_NOT_FOUND');
      expect(reply.errorMessage).toContain(why);
      expect(consumers.driver.log).toHaveLength(before);
      expect(consumers.driver.machine.table.find('g', 'classic')).toBeDefined();
    };
    for (const migrationPolicy of ['disabled', 'downgrade'] as const) {
      const consumers = started({ migrationPolicy });
      classicGroup(consumers);
      refuses(consumers, 'disabled');
    }
    const unreadable = started();
    unreadable.driver.join({ apiVersion: 3 });
    unreadable.driver.pass(3_000);
    refuses(unreadable, 'malformed');
  });

  it('gives way when it is empty', () => {
    const consumers = started({ migrationPolicy: 'disabled' });
    const memberId = classicGroup(consumers);
    const members = [{ memberId, groupInstanceId: null, reason: null }];
    consumers.driver.submit({
      api: 'LeaveGroup',
      request: { groupId: 'g', memberId: '', members },
    });
    expect(consumers.join('n').errorCode).toBe(0);
    expect(consumers.group.members.size).toBe(1);
  });
});

describe('a consumer group', () => {
  it('becomes a classic one when the last member of its protocol leaves', () => {
    const consumers = started();
    const { driver } = consumers;
    const classic = classicGroup(consumers);
    consumers.join('n');
    consumers.beat('n', { memberEpoch: -1 });
    const group = driver.machine.table.find('g', 'classic')!;
    expect(group).toMatchObject({ state: 'PreparingRebalance', leader: classic });
    expect(heartbeat(driver, classic, group.generation)).toBe('REBALANCE_IN_PROGRESS');
    const rejoin = driver.join({ memberId: classic, protocols: protocols() });
    expect(driver.joinReply(rejoin)).toMatchObject({ errorCode: 0, leader: classic });
  });

  it('also when that member is silent for too long', () => {
    const consumers = started();
    const classic = classicGroup(consumers);
    consumers.join('n');
    const { driver } = consumers;
    const rejoin = driver.join({ memberId: classic, protocols: protocols() });
    const { generationId } = driver.joinReply(rejoin)!;
    sync(driver, classic, generationId!);
    for (let i = 0; i < 9; i++) {
      driver.pass(5_000);
      heartbeat(driver, classic, generationId!);
    }
    expect(driver.machine.table.find('g', 'classic')?.members.has(classic)).toBe(true);
  });

  it('goes on without classic members where it may not become one', () => {
    const consumers = started({ migrationPolicy: 'upgrade' });
    const classic = classicGroup(consumers);
    consumers.join('n');
    consumers.beat('n', { memberEpoch: -1 });
    expect(consumers.group.members.has(classic)).toBe(true);
  });

  it('takes classic members out that do not join, or do not sync, in time', () => {
    const consumers = started();
    const { driver } = consumers;
    const classic = classicGroup(consumers);
    consumers.join('n');
    expect(heartbeat(driver, classic, 1)).toBe('REBALANCE_IN_PROGRESS');
    for (let i = 0; i < 4; i++) {
      driver.pass(7_500);
      heartbeat(driver, classic, 1);
      consumers.step('n');
    }
    expect(consumers.group.members.has(classic)).toBe(false);
    const late = driver.join({ apiVersion: 3, protocols: protocols() });
    const { memberId, generationId } = driver.joinReply(late)!;
    for (let i = 0; i < 4; i++) {
      driver.pass(7_500);
      heartbeat(driver, memberId, generationId!);
      consumers.step('n');
    }
    expect(consumers.group.members.has(memberId)).toBe(false);
  });

  it('refuses classic members that do not fit', () => {
    const consumers = started({ maxConsumerGroupSize: 2 });
    const { driver } = consumers;
    consumers.join('n');
    const refused = (options: Parameters<typeof driver.join>[0]) =>
      nameOf(driver.joinReply(driver.join({ apiVersion: 3, ...options }))!);
    expect(refused({ protocols: [] })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(refused({ protocols: [{ name: 'range', metadata: Buffer.alloc(1) }] })).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    );
    expect(refused({ protocols: protocols(), apiVersion: 9 })).toBe('MEMBER_ID_REQUIRED');
    expect(refused({ protocols: protocols(), groupInstanceId: 'x', memberId: 'y' })).toBe(
      'UNKNOWN_MEMBER_ID',
    );
    expect(refused({ protocols: protocols() })).toBe('NONE');
    const other = [{ name: 'other', metadata: subscription(['t']) }];
    consumers.beat('n', { memberEpoch: -1 });
    expect(consumers.driver.machine.table.find('g', 'classic')).toBeDefined();
    consumers.join('n');
    expect(refused({ protocols: other })).toBe('GROUP_MAX_SIZE_REACHED');
    const disabled = started({ migrationPolicy: 'disabled' });
    disabled.join('n');
    const reply = disabled.driver.joinReply(disabled.driver.join({ protocols: protocols() }))!;
    expect(nameOf(reply)).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('takes classic members out by LeaveGroup, also those of its own protocol', () => {
    const consumers = started();
    consumers.join('n', { instanceId: 'i' });
    consumers.join('m');
    const leaving = (memberId: string, groupInstanceId: string | null) => ({
      memberId,
      groupInstanceId,
      reason: null,
    });
    const members = [leaving('x', null), leaving('y', 'i'), leaving('', 'i'), leaving('', 'j')];
    const id = consumers.driver.submit({
      api: 'LeaveGroup',
      request: { groupId: 'g', memberId: '', members },
    });
    const reply = consumers.driver.answered.get(id) as ResponseOf<'LeaveGroup'>;
    expect(reply.members?.map((m) => nameOf({ errorCode: m.errorCode ?? 0 }))).toEqual([
      'UNKNOWN_MEMBER_ID',
      'FENCED_INSTANCE_ID',
      'NONE',
      'UNKNOWN_MEMBER_ID',
    ]);
    expect([...consumers.group.members.keys()]).toEqual(['m']);
  });

  it('that is empty gives way to a classic one', () => {
    const consumers = started();
    consumers.join('n');
    consumers.beat('n', { memberEpoch: -1 });
    classicGroup(consumers);
    expect(consumers.driver.machine.table.find('g', 'classic')?.state).toBe('Stable');
  });
});

it('a classic member that begins to speak the consumer protocol is held to no classic deadline', () => {
  const consumers = started();
  const { driver } = consumers;
  const classic = classicGroup(consumers);
  consumers.join('n');
  expect(heartbeat(driver, classic, 1)).toBe('REBALANCE_IN_PROGRESS');
  consumers.join(classic);
  for (let i = 0; i < 4; i++) {
    driver.pass(10_000);
    consumers.step(classic);
    consumers.step('n');
  }
  expect(consumers.group.members.has(classic)).toBe(true);
  expect(consumers.group.classicMembers).toBe(0);
});

it('a static member changes protocol in place', () => {
  const consumers = started();
  const { driver } = consumers;
  consumers.join('n', { instanceId: 'i' });
  const id = driver.join({ groupInstanceId: 'i', protocols: protocols() });
  expect(nameOf(driver.joinReply(id)!)).toBe('NONE');
  const classic = driver.machine.table.find('g', 'classic')!;
  expect([...classic.staticMembers.keys()]).toEqual(['i']);
  expect(classic.state).toBe('Stable');
  consumers.join('m', { instanceId: 'i' });
  expect(consumers.owned()).toBe('m: t0 t1 t2 t3');
});
