import type { RequestInput } from '@tidelog/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PartitionImage } from '../image/topic.ts';
import { TestCluster } from '../testing/test-cluster.ts';

let cluster: TestCluster;
let epochs: Map<number, number>;

/** Four brokers, and topic `t` with one partition on 1, 2 and 3. */
beforeEach(() => {
  cluster = new TestCluster();
  epochs = new Map([1, 2, 3, 4].map((id) => [id, cluster.addBroker(id)]));
  cluster.createTopic('t', { assignments: [{ partitionIndex: 0, brokerIds: [1, 2, 3] }] });
});

function partition(): PartitionImage {
  const found = cluster.image.topics.partition('t', 0);
  if (found === undefined) throw new Error('no partition');
  return found;
}

function fence(id: number): void {
  cluster.heartbeat(id, epochs.get(id) ?? 0, { wantFence: true });
}

function unfence(id: number): void {
  cluster.heartbeat(id, epochs.get(id) ?? 0);
}

type IsrChange = Partial<RequestInput<'AlterPartition'>['topics'][number]['partitions'][number]> & {
  readonly from?: number;
};

function alterIsr(
  isr: readonly number[],
  { from = partition().leader, ...change }: IsrChange = {},
) {
  const { leaderEpoch, partitionEpoch, isRecovering } = partition();
  const reply = cluster.submit('AlterPartition', {
    brokerId: from,
    brokerEpoch: epochs.get(from) ?? 0,
    topics: [
      {
        topicId: cluster.image.topics.byName('t')?.id ?? '',
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch,
            newIsr: [],
            newIsrWithEpochs: isr.map((id) => ({
              brokerId: id,
              brokerEpoch: epochs.get(id) ?? -1,
            })),
            leaderRecoveryState: isRecovering ? 1 : 0,
            partitionEpoch,
            ...change,
          },
        ],
      },
    ],
  });
  return reply.topics[0]?.partitions[0];
}

describe('leader election', () => {
  it('moves to the next replica in sync when the leader is fenced', () => {
    fence(1);
    expect(partition()).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 1 });
  });

  it('keeps who left the ISR below min.insync.replicas as eligible', () => {
    cluster.submit('IncrementalAlterConfigs', {
      resources: [
        {
          resourceType: 2,
          resourceName: 't',
          configs: [{ name: 'min.insync.replicas', configOperation: 0, value: '2' }],
        },
      ],
      validateOnly: false,
    });
    fence(1);
    expect(partition()).toMatchObject({ isr: [2, 3], elr: [] });
    fence(2);
    expect(partition()).toMatchObject({ leader: 3, isr: [3], elr: [2] });
    fence(3);
    expect(partition()).toMatchObject({ leader: -1, isr: [], lastKnownElr: [3] });
    expect(new Set(partition().elr)).toEqual(new Set([2, 3]));
    unfence(1);
    expect(partition().leader).toBe(-1);
    unfence(2);
    expect(partition()).toMatchObject({ leader: 2, isr: [2], elr: [3], lastKnownElr: [] });
  });

  it('elects anyone where the topic allows it', () => {
    cluster.submit('IncrementalAlterConfigs', {
      resources: [
        {
          resourceType: 2,
          resourceName: 't',
          configs: [{ name: 'unclean.leader.election.enable', configOperation: 0, value: 'true' }],
        },
      ],
      validateOnly: false,
    });
    alterIsr([1]);
    fence(1);
    expect(partition()).toMatchObject({ leader: 2, isr: [2], isRecovering: true });
  });

  it('goes back to the preferred leader on request, and by itself', () => {
    fence(1);
    unfence(1);
    alterIsr([1, 2, 3]);
    expect(partition().leader).toBe(2);
    const request = { electionType: 0, topicPartitions: null, timeoutMs: 1 };
    const reply = cluster.submit('ElectLeaders', request);
    expect(reply.replicaElectionResults).toMatchObject([
      { topic: 't', partitionResult: [{ partitionId: 0, errorCode: 0 }] },
    ]);
    expect(partition().leader).toBe(1);

    fence(1);
    unfence(1);
    alterIsr([1, 2, 3]);
    for (let i = 0; i < 100; i++) {
      cluster.advance(3000);
      for (const id of epochs.keys()) unfence(id);
    }
    expect(partition().leader).toBe(1);
  });

  it('answers why it elected nobody', () => {
    const elect = (topic: string, id: number, electionType = 0): number | undefined => {
      const topicPartitions = [{ topic, partitions: [id] }];
      const reply = cluster.submit('ElectLeaders', { electionType, topicPartitions, timeoutMs: 1 });
      return reply.replicaElectionResults[0]?.partitionResult[0]?.errorCode;
    };
    expect(elect('t', 0)).toBe(84);
    expect(elect('t', 1)).toBe(3);
    expect(elect('nobody', 0)).toBe(3);
    fence(1);
    expect(elect('t', 0)).toBe(80);
    expect(elect('t', 0, 1)).toBe(84);
  });
});

describe('the ISR', () => {
  it('is what its leader says', () => {
    expect(alterIsr([1, 3])).toMatchObject({ errorCode: 0, isr: [1, 3], partitionEpoch: 1 });
    expect(partition()).toMatchObject({ isr: [1, 3], leader: 1, leaderEpoch: 0 });
  });

  it.each([
    ['another broker than the leader', [2, 3], { from: 2 }, 42],
    ['a newer leader epoch', [1], { leaderEpoch: 9 }, 41],
    ['an older leader epoch', [1], { leaderEpoch: -1 }, 74],
    ['an older partition epoch', [1], { partitionEpoch: -1 }, 95],
    ['brokers without a replica', [1, 4], {}, 42],
    ['everyone but the leader', [2, 3], {}, 42],
    ['nobody', [], {}, 42],
    ['a recovery that nobody ordered', [1], { leaderRecoveryState: 1 }, 42],
    ['an unknown partition', [1], { partitionIndex: 5 }, 3],
  ] as const)('is not changed by %s', (_, isr, change, errorCode) => {
    expect(alterIsr(isr, change)).toMatchObject({ errorCode });
    expect(partition()).toMatchObject({ isr: [1, 2, 3], partitionEpoch: 0 });
  });

  it('takes in no one who is fenced or has registered again', () => {
    alterIsr([1, 2]);
    fence(3);
    expect(alterIsr([1, 2, 3])).toMatchObject({ errorCode: 107 });
    unfence(3);
    epochs.set(3, (epochs.get(3) ?? 0) - 1);
    expect(alterIsr([1, 2, 3])).toMatchObject({ errorCode: 107 });
  });
});

describe('a reassignment', () => {
  function reassign(replicas: number[] | null): number | undefined {
    const reply = cluster.submit('AlterPartitionReassignments', {
      timeoutMs: 1,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas }] }],
    });
    return reply.responses[0]?.partitions[0]?.errorCode;
  }

  const listed = (): unknown => {
    const reply = cluster.submit('ListPartitionReassignments', { timeoutMs: 1, topics: null });
    return reply.topics.flatMap((topic) => topic.partitions);
  };

  it('adds the new replica, and drops the old one when the new one is in sync', () => {
    expect(reassign([2, 3, 4])).toBe(0);
    expect(partition()).toMatchObject({
      replicas: [2, 3, 4, 1],
      addingReplicas: [4],
      removingReplicas: [1],
      leader: 1,
    });
    expect(listed()).toMatchObject([{ partitionIndex: 0, addingReplicas: [4] }]);
    // The leader itself has to go, so it is told that somebody else leads now.
    expect(alterIsr([1, 2, 3, 4])).toMatchObject({ errorCode: 108 });
    expect(partition()).toMatchObject({
      replicas: [2, 3, 4],
      isr: [2, 3, 4],
      addingReplicas: [],
      removingReplicas: [],
      leader: 2,
    });
    expect(listed()).toEqual([]);
  });

  it('ends at once when only the order changes', () => {
    expect(reassign([3, 2, 1])).toBe(0);
    expect(partition()).toMatchObject({ replicas: [3, 2, 1], leader: 1, addingReplicas: [] });
  });

  it('can be taken back', () => {
    reassign([2, 3, 4]);
    expect(reassign(null)).toBe(0);
    expect(partition()).toMatchObject({ replicas: [2, 3, 1], addingReplicas: [], isr: [1, 2, 3] });
    expect(reassign(null)).toBe(85);
  });

  it('wants brokers that are there', () => {
    expect(reassign([1, 2, 9])).toBe(39);
    expect(reassign([1, 1, 2])).toBe(39);
    expect(reassign([])).toBe(39);
  });
});

it('notes in which directories replicas are', () => {
  const other = cluster.random.uuid();
  const assign = (brokerId: number, partitionIndex: number): number | undefined => {
    const topicId = cluster.image.topics.byName('t')?.id ?? '';
    const topics = [{ topicId, partitions: [{ partitionIndex }] }];
    const brokerEpoch = epochs.get(brokerId) ?? 0;
    const request = { brokerId, brokerEpoch, directories: [{ id: other, topics }] };
    const reply = cluster.submit('AssignReplicasToDirs', request);
    return reply.directories[0]?.topics[0]?.partitions[0]?.errorCode;
  };
  expect(assign(4, 0)).toBe(6);
  expect(assign(1, 7)).toBe(3);
  expect(assign(3, 0)).toBe(0);
  expect(partition().directories[2]).toBe(other);
});
