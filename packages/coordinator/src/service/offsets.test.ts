import { errorOf, ZERO_UUID } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { GroupScript, subscription } from './script.test-group.ts';

const WEEK_MS = 7 * 24 * 3_600_000;
const CHECK_MS = 600_000;
const ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAg';

describe('OffsetCommit', () => {
  it('is free to anyone while nobody is in the group', async () => {
    const script = await GroupScript.start();
    expect(await script.commit({ offset: 5 })).toEqual(['NONE']);
    expect(await script.fetch()).toEqual([5]);
    expect(await script.list()).toEqual(['g Empty']);
    expect(await script.describe()).toMatchObject({ groupState: 'Empty', protocolType: '' });
  });

  it('is checked against the group once it has members', async () => {
    const script = await GroupScript.start();
    const [memberId] = await script.stableGroup(1);
    const me = { memberId: memberId!, generationId: 1 };
    expect(await script.commit(me)).toEqual(['NONE']);
    expect(await script.commit({})).toEqual(['UNKNOWN_MEMBER_ID']);
    expect(await script.commit({ ...me, generationId: 2 })).toEqual(['ILLEGAL_GENERATION']);
    expect(await script.commit({ ...me, generationId: -1 })).toEqual(['ILLEGAL_GENERATION']);
    expect(await script.commit({ ...me, memberId: 'x' })).toEqual(['UNKNOWN_MEMBER_ID']);
    expect(await script.commit({ ...me, instanceId: 'x' })).toEqual(['UNKNOWN_MEMBER_ID']);
  });

  it('waits for the assignments between the two phases', async () => {
    const script = await GroupScript.start();
    const { memberId } = await script.eventually(script.joinNew());
    expect(await script.commit({ memberId, generationId: 1 })).toEqual(['REBALANCE_IN_PROGRESS']);
  });

  it('of a member of a group that is not there depends on the version', async () => {
    const script = await GroupScript.start();
    const lost = { memberId: 'm', generationId: 3 };
    expect(await script.commit(lost)).toEqual(['GROUP_ID_NOT_FOUND']);
    script.apiVersion = 8;
    expect(await script.commit(lost)).toEqual(['ILLEGAL_GENERATION']);
    expect(await script.list()).toEqual([]);
  });

  it('bounds the metadata of each partition, and takes null for none', async () => {
    const script = await GroupScript.start();
    expect(await script.commit({ metadata: 'x'.repeat(4_096) })).toEqual(['NONE']);
    const long = await script.commit({ metadata: 'x'.repeat(4_097), offset: 9 });
    expect(long).toEqual(['OFFSET_METADATA_TOO_LARGE']);
    expect(await script.fetch()).toEqual([1]);
    expect(await script.commit({ metadata: null })).toEqual(['NONE']);
    const { groups } = await script.fetchRaw(['t']);
    expect(groups?.[0]?.topics?.[0]?.partitions?.[0]?.metadata).toBe('');
  });

  it('too large for one batch is refused as a whole, and nothing else is disturbed', async () => {
    const script = await GroupScript.start();
    script.log.maxBatchSizeBytes = 2_000;
    await script.elect();
    const topics = Array.from({ length: 50 }, (_, i) => `topic-${i}`);
    const { topics: replies } = await script.coordinator.offsetCommit(
      {
        groupId: 'g',
        generationIdOrMemberEpoch: -1,
        memberId: '',
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: topics.map((name) => ({
          name,
          topicId: ZERO_UUID,
          partitions: [
            {
              partitionIndex: 0,
              committedOffset: 1,
              committedLeaderEpoch: -1,
              committedMetadata: null,
            },
          ],
        })),
      },
      { apiVersion: 9, clientId: '', clientHost: '' },
    );
    const codes = new Set(replies.map(({ partitions }) => partitions[0]!.errorCode));
    expect([...codes].map((code) => errorOf(code).name)).toEqual(['UNKNOWN_SERVER_ERROR']);
    expect(await script.commit({})).toEqual(['NONE']);
    expect(script.warnings).toEqual([]);
  });

  it('takes names that are properties of every object for what they are: names', async () => {
    const script = await GroupScript.start();
    for (const groupId of ['__proto__', 'constructor', 'toString']) {
      expect(await script.fetch(['__proto__'], false, groupId)).toEqual([-1]);
      expect(await script.commit({ groupId, topic: '__proto__', offset: 3 })).toEqual(['NONE']);
      expect(await script.fetch(['__proto__'], false, groupId)).toEqual([3]);
    }
  });
});

describe('OffsetFetch', () => {
  it('gives -1 for what was not committed, and all topics when none is named', async () => {
    const script = await GroupScript.start();
    expect(await script.fetch(['t', 'u'])).toEqual([-1, -1]);
    await script.commit({ topic: 't', offset: 1 });
    await script.commit({ topic: 'u', offset: 2 });
    expect(await script.fetch(['u', 'x'])).toEqual([2, -1]);
    expect(await script.fetch(null)).toEqual([1, 2]);
    expect(await script.fetch(null, false, 'other')).toEqual([]);
  });

  it('does not give the offset of an earlier topic of the same name', async () => {
    const script = await GroupScript.start();
    await script.commit({ topicId: ID, offset: 7 });
    const offsetFor = async (topicId: string) => {
      const { groups } = await script.fetchRaw(['t'], false, 'g', topicId);
      return groups?.[0]?.topics?.[0]?.partitions?.[0]?.committedOffset;
    };
    expect(await offsetFor(ID)).toBe(7);
    expect(await offsetFor(OTHER_ID)).toBe(-1);
    expect(await offsetFor(ZERO_UUID)).toBe(7);
  });

  it('does not show an offset that is not replicated', async () => {
    const script = await GroupScript.start();
    script.log.replicates = false;
    const commit = script.commit({ offset: 5 });
    const fetch = script.fetch();
    expect(await script.isPending(fetch)).toBe(true);
    script.log.replicate();
    expect(await commit).toEqual(['NONE']);
    expect(await fetch).toEqual([5]);
  });

  it('has one group and no error of its own in the oldest versions', async () => {
    const script = await GroupScript.start();
    await script.commit({ offset: 4 });
    const request = {
      groupId: 'g',
      topics: [{ name: 't', partitionIndexes: [0, 1] }],
      groups: [],
      requireStable: false,
    };
    const context = { apiVersion: 1, clientId: '', clientHost: '' };
    const { topics } = await script.coordinator.offsetFetch(request, context);
    const partitions = topics?.[0]?.partitions?.map(({ committedOffset }) => committedOffset);
    expect(partitions).toEqual([4, -1]);
    script.coordinator.resigned(0);
    const failed = await script.coordinator.offsetFetch(request, context);
    const codes = failed.topics?.[0]?.partitions?.map(({ errorCode }) => errorOf(errorCode!).name);
    expect(codes).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR']);
    const newer = await script.coordinator.offsetFetch(request, { ...context, apiVersion: 7 });
    expect(errorOf(newer.errorCode!).name).toBe('NOT_COORDINATOR');
  });
});

describe('offsets expire', () => {
  it('a week after their commit in a simple group, which goes with the last of them', async () => {
    const script = await GroupScript.start();
    await script.commit({ topic: 't' });
    await script.clock.pass(WEEK_MS / 2);
    await script.commit({ topic: 'u' });
    await script.clock.pass(WEEK_MS / 2 + CHECK_MS);
    expect(await script.fetch(['t', 'u'])).toEqual([-1, 1]);
    expect(await script.list()).toEqual(['g Empty']);
    await script.clock.pass(WEEK_MS);
    expect(await script.list()).toEqual([]);
    expect(script.log.records().at(-1)?.value).toBe(null);
    expect(await (await script.restart()).list()).toEqual([]);
  });

  it('by their own retention where the commit gave one', async () => {
    const script = await GroupScript.start();
    await script.commit({ retentionTimeMs: 1_000 });
    await script.clock.pass(CHECK_MS);
    expect(await script.fetch()).toEqual([-1]);
  });

  it('a week after the last member left, however old they are', async () => {
    const script = await GroupScript.start({ offsetsRetentionMs: 2 * CHECK_MS });
    const [memberId] = await script.stableGroup(1);
    await script.commit({ memberId: memberId!, generationId: 1 });
    await beatFor(script, memberId!, 5 * CHECK_MS);
    expect(await script.fetch()).toEqual([1]);
    await script.leave([{ memberId: memberId! }]);
    await script.clock.pass(CHECK_MS);
    expect(await script.fetch()).toEqual([1]);
    await script.clock.pass(2 * CHECK_MS);
    expect(await script.list()).toEqual([]);
  });

  it('in a living group when its members no longer subscribe to the topic', async () => {
    const script = await GroupScript.start({ offsetsRetentionMs: CHECK_MS });
    const [memberId] = await script.stableGroup(1);
    await script.commit({ memberId: memberId!, generationId: 1, topic: 't' });
    await script.commit({ memberId: memberId!, generationId: 1, topic: 'u' });
    await beatFor(script, memberId!, 3 * CHECK_MS);
    expect(await script.fetch(['t', 'u'])).toEqual([1, -1]);
  });

  it('never in a group of which we do not know what it subscribes to', async () => {
    const script = await GroupScript.start({ offsetsRetentionMs: CHECK_MS });
    const [memberId] = await script.stableGroup(1, {
      protocols: [{ name: 'range', metadata: Buffer.from('?') }],
    });
    await script.commit({ memberId: memberId!, generationId: 1, topic: 'u' });
    await beatFor(script, memberId!, 3 * CHECK_MS);
    expect(await script.fetch(['u'])).toEqual([1]);
  });
});

async function beatFor(script: GroupScript, memberId: string, durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 9_000) {
    await script.clock.pass(9_000);
    expect(await script.heartbeat({ memberId })).toBe('NONE');
  }
}

describe('offsets are deleted', () => {
  it('with their topic, but not those of a new topic of that name', async () => {
    const script = await GroupScript.start();
    await script.commit({ topic: 'old', topicId: ID });
    await script.commit({ topic: 'unknown' });
    await script.commit({ topic: 'new', topicId: OTHER_ID });
    const topics = ['old', 'unknown', 'new'].map((name) => ({ name, id: ID }));
    script.coordinator.onTopicsDeleted(topics);
    expect(await script.fetch(['old', 'unknown', 'new'])).toEqual([-1, -1, 1]);
  });

  it('by OffsetDelete, unless members consume the topic', async () => {
    const script = await GroupScript.start();
    const [memberId] = await script.stableGroup(1);
    for (const topic of ['t', 'u']) {
      await script.commit({ memberId: memberId!, generationId: 1, topic });
    }
    const remove = async (groupId = 'g') => {
      const { errorCode, topics } = await script.coordinator.offsetDelete({
        groupId,
        topics: ['t', 'u', 'x'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
      });
      const codes = topics.flatMap(({ partitions }) => partitions.map((p) => p.errorCode));
      return [errorCode, ...codes].map((code) => errorOf(code).name);
    };
    expect(await remove()).toEqual(['NONE', 'GROUP_SUBSCRIBED_TO_TOPIC', 'NONE', 'NONE']);
    expect(await script.fetch(['t', 'u'])).toEqual([1, -1]);
    expect(await remove('other')).toEqual(['GROUP_ID_NOT_FOUND']);
    expect(await remove('')).toEqual(['INVALID_GROUP_ID']);
  });

  it('by OffsetDelete only in empty groups when they are no consumers', async () => {
    const script = await GroupScript.start();
    await script.stableGroup(1, {
      protocolType: 'connect',
      protocols: [{ name: 'range', metadata: subscription([]) }],
    });
    const { errorCode } = await script.coordinator.offsetDelete({ groupId: 'g', topics: [] });
    expect(errorOf(errorCode).name).toBe('NON_EMPTY_GROUP');
  });
});
