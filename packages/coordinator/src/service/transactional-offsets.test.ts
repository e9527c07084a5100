import { errorOf, errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { GroupScript } from './script.test-group.ts';

const DAY_MS = 24 * 3_600_000;

interface Member {
  readonly memberId?: string;
  readonly generationId?: number;
  readonly groupInstanceId?: string | null;
}

/** Commits one offset in the transaction of producer 7, and ends that. */
class Transactional {
  readonly script: GroupScript;

  constructor(script: GroupScript) {
    this.script = script;
  }

  static async start(): Promise<Transactional> {
    return new Transactional(await GroupScript.start());
  }

  async commit(offset: number, member: Member = {}, metadata: string | null = null) {
    const { topics } = await this.script.coordinator.txnOffsetCommit(
      {
        transactionalId: 'tx',
        groupId: 'g',
        producerId: 7,
        producerEpoch: 0,
        generationId: -1,
        memberId: '',
        groupInstanceId: null,
        ...member,
        topics: [
          {
            name: 't',
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: offset,
                committedLeaderEpoch: 2,
                committedMetadata: metadata,
              },
            ],
          },
        ],
      },
      { apiVersion: 5, clientId: 'client', clientHost: '/127.0.0.1' },
    );
    return errorOf(topics[0]!.partitions[0]!.errorCode).name;
  }

  async end(committed: boolean): Promise<string> {
    const error = await this.script.coordinator.endTransaction(0, {
      producerId: 7,
      producerEpoch: 1,
      coordinatorEpoch: 0,
      committed,
      transactionVersion: 2,
    });
    return error?.name ?? 'NONE';
  }
}

describe('offsets of a transaction', () => {
  it.each([true, false])('count when it is committed (%s), after a restart too', async (yes) => {
    const first = await Transactional.start();
    const { script } = first;
    expect(await script.commit({ offset: 3 })).toEqual(['NONE']);
    expect(await first.commit(5)).toBe('NONE');
    expect(await script.fetch()).toEqual([3]);
    const again = new Transactional(await script.restart());
    expect(await again.script.fetch()).toEqual([3]);
    expect(await again.end(yes)).toBe('NONE');
    expect(await again.script.fetch()).toEqual([yes ? 5 : 3]);
    const third = await again.script.restart();
    expect(await third.fetch()).toEqual([yes ? 5 : 3]);
  });

  it('lose against those that were committed after them without one', async () => {
    const transactional = await Transactional.start();
    expect(await transactional.commit(5)).toBe('NONE');
    expect(await transactional.script.commit({ offset: 9 })).toEqual(['NONE']);
    expect(await transactional.end(true)).toBe('NONE');
    expect(await transactional.script.fetch()).toEqual([9]);
  });

  it('make a group, where there is none and the committer claims none', async () => {
    const transactional = await Transactional.start();
    const lost = { memberId: 'm', generationId: 3 };
    expect(await transactional.commit(5, lost)).toBe('ILLEGAL_GENERATION');
    expect(await transactional.script.list()).toEqual([]);
    expect(await transactional.commit(5)).toBe('NONE');
    expect(await transactional.script.list()).toEqual(['g Empty']);
  });

  it('are held to the member that the committer names (KIP-447)', async () => {
    const transactional = await Transactional.start();
    const [memberId] = await transactional.script.stableGroup(1);
    const me = { memberId: memberId!, generationId: 1 };
    const refusals: [Member, string][] = [
      [me, 'NONE'],
      [{}, 'NONE'],
      [{ ...me, generationId: 0 }, 'ILLEGAL_GENERATION'],
      [{ ...me, generationId: 2 }, 'ILLEGAL_GENERATION'],
      [{ ...me, generationId: -1 }, 'ILLEGAL_GENERATION'],
      [{ ...me, memberId: 'x' }, 'UNKNOWN_MEMBER_ID'],
      [{ ...me, memberId: '' }, 'UNKNOWN_MEMBER_ID'],
      [{ ...me, groupInstanceId: 'x' }, 'UNKNOWN_MEMBER_ID'],
    ];
    const before = transactional.script.log.batches.length;
    for (const [member, answer] of refusals) {
      expect(await transactional.commit(5, member)).toBe(answer);
    }
    expect(transactional.script.log.batches.length).toBe(before + 2);
  });

  it('may come while the group waits for its assignments', async () => {
    const transactional = await Transactional.start();
    const { memberId } = await transactional.script.eventually(transactional.script.joinNew());
    expect(await transactional.commit(5, { memberId, generationId: 1 })).toBe('NONE');
  });

  it('are not stored where the coordinator of transactions says no', async () => {
    const transactional = await Transactional.start();
    const { script } = transactional;
    const answers = [
      [errors.INVALID_PRODUCER_EPOCH, 'INVALID_PRODUCER_EPOCH'],
      [errors.CONCURRENT_TRANSACTIONS, 'CONCURRENT_TRANSACTIONS'],
      [errors.NETWORK_EXCEPTION, 'COORDINATOR_LOAD_IN_PROGRESS'],
      [errors.NOT_LEADER_OR_FOLLOWER, 'NOT_COORDINATOR'],
      [errors.UNKNOWN_TOPIC_OR_PARTITION, 'COORDINATOR_NOT_AVAILABLE'],
    ] as const;
    for (const [said, told] of answers) {
      script.verify = () => Promise.resolve(said);
      expect(await transactional.commit(5)).toBe(told);
    }
    script.verify = () => Promise.resolve({ verified: undefined });
    script.log.transactionRefusal = errors.INVALID_TXN_STATE;
    expect(await transactional.commit(5)).toBe('INVALID_TXN_STATE');
    expect(script.log.batches).toEqual([]);
    expect(await script.list()).toEqual([]);
  });

  it('are bounded in their metadata', async () => {
    const transactional = await Transactional.start();
    expect(await transactional.commit(5, {}, 'x'.repeat(4_097))).toBe('OFFSET_METADATA_TOO_LARGE');
    expect(transactional.script.log.batches).toEqual([]);
    expect(await transactional.commit(5, {}, 'x'.repeat(4_096))).toBe('NONE');
  });

  it('go with what is deleted: their offset, and their group', async () => {
    const transactional = await Transactional.start();
    const { script } = transactional;
    expect(await script.commit({ offset: 1 })).toEqual(['NONE']);
    expect(await transactional.commit(5)).toBe('NONE');
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }];
    expect(await script.coordinator.offsetDelete({ groupId: 'g', topics })).toMatchObject({
      errorCode: 0,
    });
    expect(await transactional.end(true)).toBe('NONE');
    expect(await script.fetch()).toEqual([-1]);
    expect(await transactional.commit(6)).toBe('NONE');
    const { results } = await script.coordinator.deleteGroups({ groupsNames: ['g'] });
    expect(results[0]).toMatchObject({ errorCode: 0 });
    expect(await transactional.end(true)).toBe('NONE');
    expect(await script.fetch()).toEqual([-1]);
    expect(await script.list()).toEqual([]);
  });

  it('keep what was committed before them, and their group, from expiring', async () => {
    const transactional = await Transactional.start();
    const { script } = transactional;
    expect(await script.commit({ offset: 1 })).toEqual(['NONE']);
    expect(await transactional.commit(5)).toBe('NONE');
    for (let day = 0; day < 9; day++) await script.clock.pass(DAY_MS);
    expect(await script.fetch()).toEqual([1]);
    expect(await transactional.end(false)).toBe('NONE');
    await script.clock.pass(DAY_MS);
    expect(await script.fetch()).toEqual([-1]);
    expect(await script.list()).toEqual([]);
  });

  it('need a coordinator', async () => {
    const transactional = await Transactional.start();
    transactional.script.coordinator.resigned(0);
    expect(await transactional.commit(5)).toBe('NOT_COORDINATOR');
    expect(await transactional.end(true)).toBe('NOT_COORDINATOR');
    transactional.script.coordinator.close();
    expect(await transactional.commit(5)).toBe('COORDINATOR_NOT_AVAILABLE');
  });
});
