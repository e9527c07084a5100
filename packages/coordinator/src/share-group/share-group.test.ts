import { errors, errorOf, type RequestOf, ZERO_UUID } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import type { CommandOf, GroupCommand, GroupReplies } from '../group/commands.ts';
import { groupCoordinatorDefaults } from '../group/config.ts';
import { type GroupEvent, groupEventCodec } from '../group/events.ts';
import { GroupMachine } from '../group/group-machine.ts';
import { defaultGroupSettings } from '../group/settings.ts';
import type { TopicsView, TopicView } from '../group/topics-view.ts';
import type { Moment } from '../host/machine.ts';

const T = 'AAAAAAAAAAAAAAAAAAAAAQ';

/** A machine, its log, its topics and its time. */
class Scene {
  readonly events: GroupEvent[] = [];
  readonly topics = new Map<string, TopicView>();
  machine: GroupMachine;
  timeMs = 1_000_000;
  #version = 1;

  constructor() {
    this.machine = this.#machine();
    this.machine.loaded(this.#now);
    this.topic('t', T, 2);
  }

  get #now(): Moment {
    const { timeMs, events } = this;
    return { timestampMs: timeMs, monotonicMs: timeMs, nextOffset: events.length };
  }

  #machine(): GroupMachine {
    const topics: TopicsView = {
      version: this.#version,
      byName: (name) => this.topics.get(name),
      byId: (id) => [...this.topics.values()].find((topic) => topic.id === id),
      names: () => this.topics.keys(),
    };
    return new GroupMachine({
      config: { ...groupCoordinatorDefaults, shareMaxSize: 3 },
      maxBatchSizeBytes: 1_000_000,
      assignors: new Map(),
      topics: () => ({ ...topics, version: this.#version }),
      settings: () => defaultGroupSettings,
    });
  }

  topic(name: string, id: string, partitionCount: number): void {
    this.topics.set(name, { name, id, partitionCount, racks: () => [] });
    this.#version++;
    this.tell<'TopicsChanged'>({
      api: 'TopicsChanged',
      change: { names: [name], created: true },
    });
  }

  tell<Api extends GroupCommand['api']>(command: CommandOf<Api>): GroupReplies[Api] {
    const { events, replies } = this.machine.decide(1, command, this.#now);
    this.events.push(...events);
    return replies[0]!.reply as GroupReplies[Api];
  }

  beat(request: Partial<RequestOf<'ShareGroupHeartbeat'>>) {
    const { response, initialize } = this.tell<'ShareGroupHeartbeat'>({
      api: 'ShareGroupHeartbeat',
      request: {
        groupId: 'g',
        memberId: 'm',
        memberEpoch: 0,
        rackId: null,
        subscribedTopicNames: null,
        ...request,
      },
      clientId: 'client',
      clientHost: '/127.0.0.1',
    });
    const { errorCode, memberEpoch, assignment } = response;
    const partitions = assignment?.topicPartitions.map(({ partitions: all }) => [...all]) ?? null;
    return { error: errorOf(errorCode).name, memberEpoch, partitions, initialize };
  }

  join(memberId = 'm', topicNames: readonly string[] = ['t']) {
    return this.beat({ memberId, subscribedTopicNames: [...topicNames] });
  }

  /** The share coordinator has done what it was asked for. */
  initialized(request: RequestOf<'InitializeShareGroupState'>, success = true): void {
    const partitions = new Map(
      request.topics.map(({ topicId, partitions: all }) => [
        topicId,
        new Set(all.map(({ partition }) => partition)),
      ]),
    );
    const { groupId } = request;
    this.tell<'ShareStateInitialized'>({
      api: 'ShareStateInitialized',
      groupId,
      partitions,
      success,
    });
  }

  pass(ms: number): void {
    this.timeMs += ms;
    this.events.push(...this.machine.wake(this.#now).events);
  }

  /** Another coordinator, which knows what the log says. */
  restart(): void {
    this.machine = this.#machine();
    for (const [offset, event] of this.events.entries()) {
      const { key, value } = groupEventCodec.encode(event);
      const read = groupEventCodec.decode(key, value);
      this.machine.apply(read!, { offset, producerId: -1 });
    }
    this.machine.loaded(this.#now);
  }

  get group() {
    return this.machine.table.find('g', 'share');
  }

  kinds(): string[] {
    return this.events.splice(0).map(({ kind }) => kind.replace('ShareGroup', ''));
  }
}

/** A group whose member has both partitions of its topic. */
function settled(): Scene {
  const scene = new Scene();
  scene.initialized(scene.join().initialize!);
  scene.pass(5_000);
  scene.beat({ memberEpoch: 2 });
  return scene;
}

describe('a share group', () => {
  it('has its partitions initialised before they are assigned', () => {
    const scene = new Scene();
    const { initialize, ...joined } = scene.join();
    expect(joined).toEqual({ error: 'NONE', memberEpoch: 2, partitions: [] });
    const partitions = [0, 1].map((partition) => ({ partition, stateEpoch: 2, startOffset: -1 }));
    expect(initialize).toEqual({ groupId: 'g', topics: [{ topicId: T, partitions }] });
    expect(scene.kinds()).toEqual([
      'MemberMetadata',
      'Metadata',
      'TargetAssignmentMember',
      'TargetAssignmentMetadata',
      'CurrentMemberAssignment',
      'StatePartitionMetadata',
    ]);
    expect(scene.beat({ memberEpoch: 2 })).toMatchObject({ memberEpoch: 2, initialize: null });
    expect(scene.kinds()).toEqual([]);
    scene.initialized(initialize!);
    expect(scene.kinds()).toEqual(['StatePartitionMetadata']);
    scene.pass(5_000);
    expect(scene.beat({ memberEpoch: 2 })).toMatchObject({ memberEpoch: 3, partitions: [[0, 1]] });
    expect(scene.beat({ memberEpoch: 3 })).toMatchObject({ memberEpoch: 3, partitions: null });
  });

  it('asks again for what the share coordinator did not do, or never answered', () => {
    const scene = new Scene();
    const { initialize } = scene.join();
    scene.initialized(initialize!, false);
    expect(scene.group!.statePartitions.initializing.size).toBe(0);
    expect(scene.beat({ memberEpoch: 2 }).initialize).toEqual(initialize);
    expect(scene.beat({ memberEpoch: 2 }).initialize).toBeNull();
    scene.pass(groupCoordinatorDefaults.shareInitializeRetryIntervalMs);
    expect(scene.beat({ memberEpoch: 2 }).initialize).toEqual(initialize);
    scene.restart();
    expect(scene.beat({ memberEpoch: 2 }).initialize).toEqual(initialize);
  });

  it('shares partitions among its members, and follows its topics', () => {
    const scene = settled();
    const second = scene.join('n');
    // The last target is younger than the assignment interval.
    expect(second).toMatchObject({ memberEpoch: 3, partitions: [] });
    scene.pass(1_000);
    expect(scene.beat({ memberId: 'n', memberEpoch: 3 }).partitions).toEqual([[0]]);
    expect(scene.beat({ memberEpoch: 3 })).toMatchObject({ memberEpoch: 4, partitions: [[1]] });
    scene.topic('t', T, 3);
    scene.pass(1_000);
    const grown = scene.beat({ memberEpoch: 4 });
    expect(grown.initialize?.topics[0]?.partitions).toMatchObject([{ partition: 2 }]);
    expect(grown.memberEpoch).toBe(5);
  });

  it('loses members that are silent, and stays without any', () => {
    const scene = settled();
    scene.kinds();
    scene.pass(defaultGroupSettings.share.sessionTimeoutMs);
    expect(scene.kinds()).toEqual([
      'CurrentMemberAssignment',
      'TargetAssignmentMember',
      'MemberMetadata',
      'Metadata',
    ]);
    expect(scene.group).toMatchObject({ state: 'Empty', groupEpoch: 4 });
    scene.join();
    scene.restart();
    scene.pass(defaultGroupSettings.share.sessionTimeoutMs);
    expect(scene.group).toMatchObject({ state: 'Empty', groupEpoch: 6 });
  });

  it('is in the log as it was decided on', () => {
    const scene = settled();
    scene.join('n');
    scene.pass(1_000);
    scene.beat({ memberId: 'n', memberEpoch: 3 });
    const { members, target, groupEpoch, assignmentEpoch, statePartitions } = scene.group!;
    const told = (from: typeof members) =>
      [...from.values()].map(({ memberId, subscription, assignment }) => ({
        memberId,
        subscription,
        assignment,
      }));
    scene.restart();
    const after = scene.group!;
    expect(told(after.members)).toEqual(told(members));
    expect(after.target).toEqual(target);
    expect(after).toMatchObject({ groupEpoch, assignmentEpoch, statePartitions });
  });

  it.each([
    ['a member of another epoch', { memberEpoch: 9 }, 'FENCED_MEMBER_EPOCH'],
    ['a member that fell behind', { memberEpoch: 1 }, 'FENCED_MEMBER_EPOCH'],
    ['an unknown member', { memberId: 'x', memberEpoch: 3 }, 'UNKNOWN_MEMBER_ID'],
    ['an unknown member that leaves', { memberId: 'x', memberEpoch: -1 }, 'UNKNOWN_MEMBER_ID'],
    ['a member of no group', { groupId: 'x', memberEpoch: 3 }, 'GROUP_ID_NOT_FOUND'],
    ['a member that leaves no group', { groupId: 'x', memberEpoch: -1 }, 'GROUP_ID_NOT_FOUND'],
    ['a member of another kind of group', { groupId: 'classic' }, 'GROUP_ID_NOT_FOUND'],
    ['one too many', { memberId: 'x', subscribedTopicNames: ['t'] }, 'GROUP_MAX_SIZE_REACHED'],
    [
      'a subscription without bounds',
      {
        memberEpoch: 3,
        subscribedTopicNames: Array.from({ length: 99_999 }, (_, i) => `topic${i}`),
      },
      'UNKNOWN_SERVER_ERROR',
    ],
  ])('refuses %s', (_name, request, error) => {
    const scene = settled();
    scene.join('n');
    scene.join('o');
    scene.tell<'OffsetCommit'>({
      api: 'OffsetCommit',
      apiVersion: 8,
      request: {
        groupId: 'classic',
        generationIdOrMemberEpoch: -1,
        memberId: '',
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: [
          {
            name: 't',
            topicId: ZERO_UUID,
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: 1,
                committedLeaderEpoch: -1,
                committedMetadata: null,
              },
            ],
          },
        ],
      },
    });
    scene.kinds();
    expect(scene.beat(request).error).toBe(error);
    expect(scene.kinds()).toEqual([]);
  });

  it('takes a member that has missed the last answer', () => {
    const scene = settled();
    expect(scene.beat({ memberEpoch: 2 })).toMatchObject({ error: 'NONE', memberEpoch: 3 });
  });

  it('takes new start offsets while it is empty, and deletes state before itself', () => {
    const scene = new Scene();
    const alter = (partitionIndex: number) =>
      scene.tell<'AlterShareGroupOffsets'>({
        api: 'AlterShareGroupOffsets',
        request: {
          groupId: 'g',
          topics: [{ topicName: 't', partitions: [{ partitionIndex, startOffset: 7 }] }],
        },
      });
    const unknown = alter(2);
    expect(unknown.response.responses[0]!.partitions[0]!.errorCode).toBe(
      errors.UNKNOWN_TOPIC_OR_PARTITION.code,
    );
    expect(unknown.initialize).toBeNull();
    expect(scene.events).toEqual([]);
    const { initialize } = alter(1);
    expect(initialize!.topics[0]!.partitions).toEqual([
      { partition: 1, stateEpoch: 1, startOffset: 7 },
    ]);
    scene.initialized(initialize!);
    const forget = () =>
      scene.tell<'DeleteShareGroupOffsets'>({
        api: 'DeleteShareGroupOffsets',
        request: { groupId: 'g', topics: [{ topicName: 't' }, { topicName: 'no' }] },
      });
    const { remove, response } = forget();
    expect(remove!.topics).toEqual([{ topicId: T, partitions: [{ partition: 1 }] }]);
    expect(response.responses).toMatchObject([{ topicName: 'no', errorCode: 3 }]);
    // Whatever became of the request, it can be made again, now for all partitions.
    expect(forget().remove!.topics[0]!.partitions).toHaveLength(2);
    const [deletion] = scene.tell<'DeleteShareState'>({ api: 'DeleteShareState', groupIds: ['g'] });
    expect(deletion!.remove!.topics[0]!.partitions).toHaveLength(2);
    scene.kinds();
    scene.tell<'DeleteGroups'>({ api: 'DeleteGroups', groupIds: ['g'] });
    expect(scene.kinds()).toEqual([
      'TargetAssignmentMetadata',
      'StatePartitionMetadata',
      'Metadata',
    ]);
    expect(scene.group).toBeUndefined();
  });

  it('keeps its offsets and itself while it has members', () => {
    const scene = settled();
    scene.kinds();
    const altered = scene.tell<'AlterShareGroupOffsets'>({
      api: 'AlterShareGroupOffsets',
      request: { groupId: 'g', topics: [] },
    });
    const deleted = scene.tell<'DeleteShareGroupOffsets'>({
      api: 'DeleteShareGroupOffsets',
      request: { groupId: 'g', topics: [{ topicName: 't' }] },
    });
    const NON_EMPTY = errors.NON_EMPTY_GROUP;
    expect(altered.response.errorCode).toBe(NON_EMPTY.code);
    expect(deleted.response.errorCode).toBe(NON_EMPTY.code);
    const removal = scene.tell<'DeleteShareState'>({ api: 'DeleteShareState', groupIds: ['g'] });
    expect(removal).toEqual([{ groupId: 'g', error: NON_EMPTY, remove: null }]);
    expect(scene.kinds()).toEqual([]);
  });

  it('forgets the state of deleted topics', () => {
    const scene = settled();
    scene.topics.clear();
    scene.tell<'TopicsDeleted'>({ api: 'TopicsDeleted', topics: [{ name: 't', id: T }] });
    expect(scene.group!.statePartitions.initialized.size).toBe(0);
    scene.restart();
    expect(scene.group!.statePartitions.initialized.size).toBe(0);
  });
});
