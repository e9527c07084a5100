import { expect, it } from 'vitest';
import { Consumers } from './consumers.test-machine.ts';

const MEMBERS = 10_000;

it('ten thousand members join, come to rest, and beat in a small part of their interval', () => {
  const consumers = new Consumers();
  consumers.setTopic('t', MEMBERS);
  const ids = Array.from({ length: MEMBERS }, (_, i) => `member-${i}`);
  const epochs = new Map<string, number>();
  const owned = new Map<string, { topicId: string; partitions: number[] }[]>();
  const take = (memberId: string, reply: ReturnType<Consumers['beat']>): void => {
    epochs.set(memberId, reply.memberEpoch);
    if (!reply.assignment) return;
    owned.set(
      memberId,
      reply.assignment.topicPartitions.map(({ topicId, partitions }) => ({
        topicId,
        partitions: [...partitions],
      })),
    );
  };
  for (const memberId of ids) take(memberId, consumers.join(memberId));
  const round = (): void => {
    for (const memberId of ids) {
      const topicPartitions = owned.get(memberId)!;
      take(
        memberId,
        consumers.beat(memberId, { memberEpoch: epochs.get(memberId)!, topicPartitions }),
      );
    }
  };
  for (let i = 0; consumers.group.state !== 'Stable' && i < 8; i++) {
    consumers.driver.pass(5_000);
    round();
  }
  expect(consumers.group.state).toBe('Stable');
  for (const [memberId, topics] of owned) {
    expect(
      topics.map(({ partitions }) => partitions.length),
      memberId,
    ).toEqual([1]);
  }
  const before = consumers.driver.log.length;
  const beganMs = performance.now();
  round();
  const tookMs = performance.now() - beganMs;
  expect(consumers.driver.log).toHaveLength(before);
  // They have 5 s for it, and a machine may be busy with other things.
  expect(tookMs).toBeLessThan(2_000);
}, 60_000);
