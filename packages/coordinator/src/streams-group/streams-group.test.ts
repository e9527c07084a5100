import { errorOf } from '@tidelog/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { groupEventCodec } from '../group/events.ts';
import { internal, part, Streams } from './streams.test-machine.ts';

const nameOf = ({ response }: { response: { errorCode: number } }) =>
  errorOf(response.errorCode).name;
const codes = ({ response }: { response: { status: readonly { statusCode: number }[] | null } }) =>
  (response.status ?? []).map(({ statusCode }) => statusCode);

describe('a streams group', () => {
  let streams: Streams;

  beforeEach(() => {
    streams = new Streams();
    streams.setTopic('in', 4);
  });

  it('gives the first member all tasks', () => {
    const { response } = streams.join('a');
    expect(response).toMatchObject({ errorCode: 0, memberEpoch: 2, status: [] });
    expect(response.activeTasks).toEqual([{ subtopologyId: '0', partitions: [0, 1, 2, 3] }]);
    expect(streams.group.state).toBe('Stable');
  });

  it('gives a task to another member only when the first has given it up', () => {
    streams.join('a');
    streams.join('b');
    expect(streams.tasks('b')).toBe('');
    expect(streams.beat('a').response.activeTasks?.[0]?.partitions).toHaveLength(2);
    streams.beat('b');
    expect(streams.tasks('b'), 'a has not said that it stopped').toBe('');
    streams.settle('a');
    streams.beat('b');
    expect(`${streams.tasks('a')} ${streams.tasks('b')}`.split(' ').toSorted()).toEqual([
      '0_0',
      '0_1',
      '0_2',
      '0_3',
    ]);
    expect(streams.group.state).toBe('Stable');
  });

  it('gives the tasks of one who leaves to the others', () => {
    streams.join('a');
    streams.join('b');
    streams.settle('a');
    streams.beat('b', { memberEpoch: -1 });
    streams.settle('a');
    streams.settle('a');
    expect(streams.tasks('a')).toBe('0_0 0_1 0_2 0_3');
    expect(nameOf(streams.beat('b', { memberEpoch: 3 }))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('throws out who is silent, and who does not give up in time', () => {
    streams.join('a');
    streams.join('b');
    streams.beat('a');
    streams.driver.pass(10_000);
    expect([...streams.group.members.keys()]).toEqual(['b']);
    streams.driver.pass(45_000);
    expect(streams.group.state).toBe('Empty');
  });

  it('fences epochs, but for the last one of a member that missed a response', () => {
    streams.join('a');
    streams.join('b');
    streams.settle('a');
    streams.settle('a');
    const { memberEpoch, previousMemberEpoch } = streams.group.members.get('a')!.ownership;
    expect(nameOf(streams.beat('a', { memberEpoch: memberEpoch + 1 }))).toBe('FENCED_MEMBER_EPOCH');
    const last = { memberEpoch: previousMemberEpoch };
    expect(nameOf(streams.beat('a', last))).toBe('FENCED_MEMBER_EPOCH');
    const few = { activeTasks: [], standbyTasks: [], warmupTasks: [] };
    expect(nameOf(streams.beat('a', { ...last, ...few }))).toBe('NONE');
  });

  it('refuses another topology, and tasks that there are not', () => {
    streams.join('a');
    const before = streams.driver.log.length;
    const other = { epoch: 0, subtopologies: [part('1', { sourceTopics: ['in'] })] };
    expect(nameOf(streams.join('b', { topology: other }))).toBe('INVALID_REQUEST');
    const owned = { standbyTasks: [], warmupTasks: [] };
    for (const task of [
      { subtopologyId: '0', partitions: [4] },
      { subtopologyId: '7', partitions: [0] },
    ]) {
      expect(nameOf(streams.beat('a', { ...owned, activeTasks: [task] }))).toBe('INVALID_REQUEST');
    }
    expect(streams.driver.log.length).toBe(before);
  });

  it('tells members with an old topology that it is stale', () => {
    streams.topology = { ...streams.topology, epoch: 3 };
    streams.join('a');
    const reply = streams.join('b', { topology: { ...streams.topology, epoch: 2 } });
    expect(codes(reply)).toEqual([0]);
  });

  it('tells everyone when one asks that all shut down', () => {
    streams.join('a');
    streams.join('b');
    streams.beat('a', { shutdownApplication: true });
    expect(codes(streams.beat('b'))).toEqual([4]);
  });

  it('waits with the first assignment, if it is told to', () => {
    streams = new Streams({ initialRebalanceDelayMs: 3000 });
    streams.setTopic('in', 4);
    expect(codes(streams.join('a'))).toEqual([5]);
    expect(streams.group.state).toBe('Assigning');
    streams.join('b');
    streams.driver.pass(3000);
    streams.beat('a');
    streams.beat('b');
    expect(streams.tasks('a').length).toBe(streams.tasks('b').length);
    expect(streams.group.state).toBe('Stable');
  });

  it('assigns anew when a topic has grown', () => {
    streams.join('a');
    streams.setTopic('in', 6);
    streams.beat('a');
    expect(streams.tasks('a')).toBe('0_0 0_1 0_2 0_3 0_4 0_5');
  });

  it('says where tasks run, to those who have not heard', () => {
    const userEndpoint = { host: 'h', port: 80 };
    streams.join('a', { userEndpoint });
    streams.join('b', { userEndpoint });
    const { response } = streams.settle('a');
    expect(response.endpointInformationEpoch).toBeGreaterThan(0);
    expect(response.partitionsByUserEndpoint).toHaveLength(2);
    const told = streams.beat('a', {
      endpointInformationEpoch: response.endpointInformationEpoch,
    });
    expect(told.response.partitionsByUserEndpoint).toBeNull();
  });

  it('checks commits by the epoch in which a task was given', () => {
    streams.join('a');
    const committer = { memberId: 'a', instanceId: null, transactional: false, apiVersion: 9 };
    const check = (epoch: number, name = 'in', partition = 0) => {
      const result = streams.group.checkCommit({ ...committer, epoch });
      const problem =
        typeof result === 'function' ? result({ name, topicId: '' }, partition) : result;
      return problem?.name ?? 'NONE';
    };
    expect(check(2)).toBe('NONE');
    expect(check(3)).toBe('STALE_MEMBER_EPOCH');
    streams.join('b');
    streams.settle('a');
    streams.settle('a');
    const kept = Number(streams.tasks('a').split('_')[1]![0]);
    expect(check(2, 'in', kept), 'it has had the task since').toBe('NONE');
    expect(check(1, 'in', kept)).toBe('STALE_MEMBER_EPOCH');
    expect(check(2, 'other', kept)).toBe('STALE_MEMBER_EPOCH');
  });

  it('is the same after its log was read', () => {
    streams.join('a', { clientTags: [{ key: 'zone', value: 'z' }] });
    streams.join('b');
    streams.beat('a');
    for (const event of streams.driver.log) {
      const { key, value } = groupEventCodec.encode(event);
      expect(groupEventCodec.decode(key, value)).toEqual(event);
    }
    const read = streams.driver.replayed().table.find('g', 'streams')!;
    const { group } = streams;
    expect(read.state).toBe(group.state);
    expect(read.target).toEqual(group.target);
    for (const [memberId, { profile, ownership }] of group.members) {
      expect(read.members.get(memberId)).toMatchObject({ profile, ownership });
    }
  });

  it('takes the name of an empty classic group, and of no other', () => {
    streams.driver.join({ apiVersion: 3 });
    expect(nameOf(streams.join('a'))).toBe('GROUP_ID_NOT_FOUND');
    streams.driver.pass(120_000);
    expect(nameOf(streams.join('a'))).toBe('NONE');
  });

  it('is deleted with all its records when it is empty', () => {
    streams.join('a');
    streams.driver.submit({ api: 'DeleteGroups', groupIds: ['g'] });
    expect(streams.group.state).toBe('Stable');
    streams.beat('a', { memberEpoch: -1 });
    streams.driver.submit({ api: 'DeleteGroups', groupIds: ['g'] });
    expect(streams.driver.machine.table.groups.size).toBe(0);
    expect(streams.driver.replayed().table.groups.size).toBe(0);
  });
});

describe('the topics of a topology', () => {
  let streams: Streams;

  beforeEach(() => {
    streams = new Streams();
    streams.topology = {
      epoch: 0,
      subtopologies: [
        part('0', { sourceTopics: ['in'], repartitionSinkTopics: ['by-key'] }),
        part('1', {
          repartitionSourceTopics: [internal('by-key')],
          stateChangelogTopics: [internal('store')],
        }),
      ],
    };
  });

  it('must be there', () => {
    const reply = streams.join('a');
    expect(codes(reply)).toEqual([1]);
    expect(streams.group.state).toBe('NotReady');
    expect(reply.missingTopics).toEqual([]);
  });

  it('are asked for with as many partitions as what feeds them has', () => {
    streams.setTopic('in', 3);
    const reply = streams.join('a');
    expect(codes(reply)).toEqual([3]);
    expect(reply.missingTopics.map(({ name, numPartitions }) => [name, numPartitions])).toEqual([
      ['by-key', 3],
      ['store', 3],
    ]);
    streams.setTopic('by-key', 3);
    streams.setTopic('store', 3);
    expect(codes(streams.beat('a'))).toEqual([]);
    expect(streams.tasks('a')).toBe('0_0 0_1 0_2 1_0 1_1 1_2');
  });

  it('must have the number of partitions that they shall have', () => {
    streams.setTopic('in', 3);
    streams.setTopic('store', 2);
    expect(codes(streams.join('a'))).toEqual([2]);
  });

  it('must have as many partitions as those that they are joined with', () => {
    const joined = part('0', {
      sourceTopics: ['in', 'other'],
      copartitionGroups: [
        { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] },
      ],
    });
    streams.topology = { epoch: 0, subtopologies: [joined] };
    streams.setTopic('in', 3);
    streams.setTopic('other', 2);
    expect(codes(streams.join('a'))).toEqual([2]);
    streams.setTopic('other', 3);
    expect(codes(streams.beat('a'))).toEqual([]);
  });

  it('follow the topic that they are joined with', () => {
    streams.topology = {
      epoch: 0,
      subtopologies: [
        part('0', { sourceTopics: ['wide'], repartitionSinkTopics: ['by-key'] }),
        part('1', {
          sourceTopics: ['in'],
          repartitionSourceTopics: [internal('by-key')],
          copartitionGroups: [
            { sourceTopics: [0], sourceTopicRegex: [], repartitionSourceTopics: [0] },
          ],
        }),
      ],
    };
    streams.setTopic('wide', 8);
    streams.setTopic('in', 3);
    expect(streams.join('a').missingTopics).toMatchObject([{ name: 'by-key', numPartitions: 3 }]);
  });

  it('can make a topology impossible', () => {
    streams.setTopic('in', 3);
    streams.topology = {
      epoch: 0,
      subtopologies: [
        part('0', { repartitionSourceTopics: [internal('b')], repartitionSinkTopics: ['a'] }),
        part('1', { repartitionSourceTopics: [internal('a')], repartitionSinkTopics: ['b'] }),
      ],
    };
    expect(nameOf(streams.join('a'))).toBe('STREAMS_INVALID_TOPOLOGY');
    expect(streams.driver.machine.table.groups.size).toBe(0);
  });
});
