import { describe, expect, it } from 'vitest';
import { joined, reader, setUp } from '../../testing/consumed-broker.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { ConsumerOptions } from '../consumer-settings.ts';
import { decodeSubscription, encodeAssignment } from './group-protocol.ts';

const NOT_COORDINATOR = 16;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
const MEMBER_ID_REQUIRED = 79;
const FENCED_INSTANCE_ID = 82;

describe('a member of a group', () => {
  const changes: string[] = [];
  const say = (what: string) => (partitions: readonly TopicPartition[]) => {
    changes.push(`${what} ${partitions.map(({ partition }) => partition).join(',')}`);
  };
  const rebalanceListener = {
    onAssigned: say('assigned'),
    onRevoked: say('revoked'),
    onLost: say('lost'),
  };

  function member(options: ConsumerOptions = {}) {
    changes.length = 0;
    const set = setUp({ groupId: 'g', rebalanceListener, ...options });
    set.consumer.subscribe('t');
    return { ...set, read: reader(set) };
  }

  it('joins with the id that it is given, and begins at the committed offsets', async () => {
    const { broker, append, committed, read } = member();
    append(0, 'a', 'b');
    append(1, 'x', 'y');
    committed.set(1, 1);
    expect((await read(3)).sort()).toEqual(['a', 'b', 'y']);
    expect(broker.of('JoinGroup').map(({ memberId }) => memberId)).toEqual(['', 'm']);
    expect(changes).toEqual(['assigned 0,1']);
  });

  it('rebalances between two messages only, and commits what is done before', async () => {
    const { broker, append, clock, committed, group, read } = member();
    append(0, 'a', 'b', 'c');
    expect(await read(2)).toEqual(['a', 'b']);
    group.heartbeat = REBALANCE_IN_PROGRESS;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(changes).toEqual(['assigned 0,1']);
    expect(group.generation).toBe(1);
    group.assignment = [{ topic: 't', partition: 0 }];
    expect(await read(1)).toEqual(['c']);
    expect(committed.get(0)).toBe(2);
    expect(changes).toEqual(['assigned 0,1', 'revoked 0,1', 'assigned 0']);
  });

  it('keeps what it may keep where all assignors are cooperative, and joins again for the rest', async () => {
    const { broker, append, clock, group, read } = member({ assignors: ['cooperative-sticky'] });
    append(0, 'a', 'b');
    expect(await read(1)).toEqual(['a']);
    group.assignment = [{ topic: 't', partition: 0 }];
    group.heartbeat = REBALANCE_IN_PROGRESS;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    expect(await read(1)).toEqual(['b']);
    expect(changes).toEqual(['assigned 0,1', 'revoked 1', 'assigned ', 'assigned ']);
    expect(group.generation).toBe(3);
    const owned = broker
      .of('JoinGroup')
      .map(({ protocols }) =>
        decodeSubscription(protocols[0]!.metadata)!.owned.map(({ partition }) => partition),
      );
    expect(owned).toEqual([[], [], [0, 1], [0]]);
  });

  it.each([
    ['is not known any more', UNKNOWN_MEMBER_ID, ''],
    ['is of an old generation', ILLEGAL_GENERATION, 'm'],
  ])('has lost all when it %s, and joins anew', async (_name, errorCode, memberId) => {
    const { broker, append, clock, committed, group, read } = member();
    append(0, 'a', 'b');
    await read(1);
    group.heartbeat = errorCode;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    expect(await read(1)).toEqual(['a']); // nothing could be committed
    expect(changes).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
    expect(broker.of('JoinGroup')[2]!.memberId).toBe(memberId);
    expect(committed.get(0) ?? 0).toBe(0);
  });

  it('fails when another has taken its instance id', async () => {
    const { broker, append, clock, group, read } = member({ groupInstanceId: 'i' });
    append(0, 'a');
    await read(1);
    group.heartbeat = FENCED_INSTANCE_ID;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    await expect(read(1)).rejects.toMatchObject({ code: 'FENCED_INSTANCE_ID' });
  });

  it('finds its coordinator again when it has moved', async () => {
    const { broker, append, clock, group, read } = member();
    append(0, 'a', 'b');
    await read(1);
    group.heartbeat = NOT_COORDINATOR;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    group.heartbeat = 0;
    await clock.until(() => broker.of('Heartbeat').length > 1);
    expect(broker.of('FindCoordinator')).toHaveLength(2);
    expect(await read(1)).toEqual(['b']);
    expect(group.generation).toBe(1);
  });

  it('leaves when a message takes too long', async () => {
    const { broker, append, clock, read } = member({ maxPollIntervalMs: 10_000 });
    append(0, 'a', 'b');
    await read(1);
    await clock.until(() => broker.of('LeaveGroup').length === 1);
    expect(clock.monotonic()).toBeGreaterThan(10_000);
    expect(clock.monotonic()).toBeLessThan(15_000);
    await read(1);
    expect(changes).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
  });

  describe('while it waits for what is in work before it lets go', () => {
    const WAIT_MS = 60_000;

    function slow() {
      let wait: () => Promise<void> = () => Promise.resolve();
      const set = member({
        rebalanceListener: {
          ...rebalanceListener,
          onRevoked: async (partitions) => {
            await wait();
            rebalanceListener.onRevoked(partitions);
          },
        },
      });
      const { clock } = set;
      wait = () => new Promise((resolve) => void clock.setTimer(WAIT_MS, resolve));
      return { ...set, beats: () => set.broker.of('Heartbeat').length };
    }

    it('keeps its place in the group by heartbeats', async () => {
      const { append, beats, clock, group, read } = slow();
      append(0, 'a', 'b', 'c');
      await read(1);
      group.heartbeat = REBALANCE_IN_PROGRESS;
      await clock.until(() => beats() > 0);
      const before = beats();
      expect(await read(1)).toEqual(['b']);
      expect(beats() - before).toBeGreaterThan(WAIT_MS / 3000 - 3);
      expect(await read(1)).toEqual(['c']);
      expect(group.generation).toBe(2);
      expect(changes).toEqual(['assigned 0,1', 'revoked 0,1', 'assigned 0,1']);
    });

    it('joins as a new member where it was put out all the same', async () => {
      const { append, beats, broker, clock, group, read } = slow();
      append(0, 'a', 'b', 'c');
      await read(1);
      group.heartbeat = REBALANCE_IN_PROGRESS;
      await clock.until(() => beats() > 0);
      const reading = read(2);
      const before = beats();
      await clock.until(() => beats() > before);
      group.heartbeat = UNKNOWN_MEMBER_ID;
      expect(await reading).toHaveLength(2);
      group.heartbeat = REBALANCE_IN_PROGRESS;
      const later = beats();
      await clock.until(() => beats() > later);
      append(0, 'd');
      await read(1);
      expect(broker.of('JoinGroup').map(({ memberId }) => memberId)).toEqual([
        '',
        'm',
        '',
        'm',
        'm',
      ]);
      expect(changes.filter((change) => change.startsWith('lost'))).toEqual([]);
    });
  });

  it('commits from time to time what is done, without the message in hand', async () => {
    const { append, clock, committed, read } = member();
    append(0, 'a', 'b', 'c');
    await read(2);
    await clock.until(() => committed.size > 0);
    expect(committed.get(0)).toBe(1);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5000);
  });

  it('commits with the message in hand when asked to, then leaves at close', async () => {
    const { broker, append, clock, committed, consumer, read } = member();
    append(0, 'a', 'b', 'c');
    await read(2);
    await clock.settle(consumer.commit());
    expect(committed.get(0)).toBe(2);
    await clock.settle(consumer.close());
    expect(committed.get(0)).toBe(2);
    expect(broker.of('LeaveGroup')).toHaveLength(1);
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('says what it had, for assignors that leave it that', async () => {
    const { append, broker, clock, group, read } = member({ assignors: ['sticky'] });
    append(0, 'a', 'b');
    await read(1);
    group.heartbeat = REBALANCE_IN_PROGRESS;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    await read(1);
    const subscriptions = broker
      .of('JoinGroup')
      .map(({ protocols }) => decodeSubscription(protocols[0]!.metadata)!);
    expect(subscriptions.map(({ owned }) => owned)).toEqual([[], [], []]);
    const had = subscriptions.map(({ userData }) => Buffer.from(userData!));
    expect(had.map((bytes) => bytes.readInt32BE(0))).toEqual([0, 0, 1]);
    expect(had[2]!.readInt32BE(had[2]!.length - 4)).toBe(1);
  });

  it('finds the topics that match a pattern, also those that come later', async () => {
    const { append, broker, clock, consumer, read } = member({ maxPollIntervalMs: 1e6 });
    broker.topics.push({ name: 'orders-1', id: 'BH2wIO8ZSpa_xIcUNk3hfA', partitions: 1 });
    consumer.subscribe(/^orders-/g);
    append(0, 'a');
    await read(1);
    broker.topics.push({ name: 'orders-2', id: 'CH2wIO8ZSpa_xIcUNk3hfA', partitions: 1 });
    append(0, 'b', 'c');
    await clock.until(() => clock.monotonic() > 300_000);
    await read(2);
    const joins = broker.of('JoinGroup').map(({ protocols }) => protocols[0]!.metadata);
    expect(joins.slice(1).map((metadata) => decodeSubscription(metadata)!.topics)).toEqual([
      ['orders-1'],
      ['orders-1', 'orders-2'],
    ]);
  });

  it('tells its place in the group', async () => {
    const { append, consumer, read } = member({ groupInstanceId: 'i' });
    const place = { groupId: 'g', groupInstanceId: 'i' };
    expect(consumer.groupMetadata()).toEqual({ ...place, generationId: -1, memberId: '' });
    append(0, 'a');
    await read(1);
    expect(consumer.groupMetadata()).toEqual({ ...place, generationId: 1, memberId: 'm' });
    const alone = setUp().consumer;
    expect(() => alone.groupMetadata()).toThrow('needs a `groupId`');
  });

  it('commits with a note and a leader epoch, and waits for stable offsets', async () => {
    const { append, broker, clock, consumer, read } = member();
    append(0, 'a');
    await read(1);
    const place = { topic: 't', partition: 0 };
    await clock.settle(
      consumer.commit([{ ...place, offset: 1, leaderEpoch: 4, metadata: 'note' }]),
    );
    expect(broker.of('OffsetCommit').at(-1)!.topics[0]!.partitions).toEqual([
      expect.objectContaining({ committedLeaderEpoch: 4, committedMetadata: 'note' }),
    ]);
    expect(broker.of('OffsetFetch').every(({ requireStable }) => requireStable)).toBe(true);
  });

  it('shares the partitions out where it leads', async () => {
    const { broker, append, read } = member({ assignors: ['range'] });
    append(0, 'a');
    broker.on('JoinGroup', (request) => {
      if (request.memberId === '') return joined({ errorCode: MEMBER_ID_REQUIRED, memberId: 'm' });
      const { metadata } = request.protocols[0]!;
      const members = ['m', 'n'].map((memberId) => ({ memberId, metadata }));
      const protocolName = 'range';
      return joined({ generationId: 1, protocolName, leader: 'm', memberId: 'm', members });
    });
    await read(1);
    const { assignments } = broker.of('SyncGroup')[0]!;
    expect(
      assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]),
    ).toEqual([
      ['m', encodeAssignment([{ topic: 't', partition: 0 }])],
      ['n', encodeAssignment([{ topic: 't', partition: 1 }])],
    ]);
  });
});
