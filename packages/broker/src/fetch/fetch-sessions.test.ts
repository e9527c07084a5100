import { NodeRandom } from '@tidelog/platform';
import { errors, type RequestOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { nextEpoch, type PartitionResponse } from './fetch-session.ts';
import { FetchSessions } from './fetch-sessions.ts';

const TOPIC_IDS = 17;
const ID = 'AAAAAAAAAAAAAAAAAAAAAg';

type Request = RequestOf<'Fetch'>;

function request(
  sessionId: number,
  sessionEpoch: number,
  partitions: number[] = [],
  forgotten: number[] = [],
): Request {
  const topic = { topic: '', topicId: ID };
  return {
    sessionId,
    sessionEpoch,
    topics: [
      {
        ...topic,
        partitions: partitions.map((partition) => ({
          partition,
          fetchOffset: 0,
          partitionMaxBytes: 100,
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
          logStartOffset: -1,
        })),
      },
    ],
    forgottenTopicsData: [{ ...topic, partitions: forgotten }],
  } as unknown as Request;
}

function sessions(slots = 2): FetchSessions {
  return new FetchSessions({ slots, random: new NodeRandom() });
}

/** Starts a session over partitions; gives its id. */
function start(cache: FetchSessions, partitions: number[], now = 0): number {
  const plan = cache.plan(request(0, 0, partitions), TOPIC_IDS, now);
  return cache.create([...plan.targets()], TOPIC_IDS, now);
}

const indexes = (targets: Iterable<{ index: number }>) => [...targets].map(({ index }) => index);

function response(partitionIndex: number, highWatermark: number, errorCode = 0): PartitionResponse {
  return {
    partitionIndex,
    highWatermark,
    errorCode,
    logStartOffset: 0,
    abortedTransactions: null,
    records: [],
  };
}

describe('FetchSessions', () => {
  it('keeps what a client fetches, and takes changes only', () => {
    const cache = sessions();
    const id = start(cache, [0, 1, 2]);
    expect(indexes(cache.plan(request(id, 1), TOPIC_IDS, 0).targets())).toEqual([0, 1, 2]);
    const changed = cache.plan(request(id, 2, [3], [1]), TOPIC_IDS, 0);
    expect(indexes(changed.targets())).toEqual([0, 2, 3]);
  });

  it('refuses a session that it does not know, a wrong epoch, and names where ids are used', () => {
    const cache = sessions();
    const id = start(cache, [0]);
    const other = id === 7 ? 8 : 7;
    const refused = (plan: { error: unknown }) => plan.error;
    expect(refused(cache.plan(request(other, 1), TOPIC_IDS, 0))).toBe(
      errors.FETCH_SESSION_ID_NOT_FOUND,
    );
    expect(refused(cache.plan(request(id, 5), TOPIC_IDS, 0))).toBe(
      errors.INVALID_FETCH_SESSION_EPOCH,
    );
    expect(refused(cache.plan(request(id, 1), 12, 0))).toBe(errors.FETCH_SESSION_TOPIC_ID_ERROR);
    expect(refused(cache.plan(request(id, 1), TOPIC_IDS, 0))).toBe(errors.NONE);
  });

  it('ends a session by a final epoch, by a new full fetch, or when nothing is left in it', () => {
    const cache = sessions();
    for (const end of [
      (id: number) => cache.plan(request(id, -1), TOPIC_IDS, 0),
      (id: number) => cache.plan(request(id, 0, [0]), TOPIC_IDS, 0),
      (id: number) => cache.plan(request(id, 1, [], [0]), TOPIC_IDS, 0),
    ]) {
      const id = start(cache, [0]);
      end(id);
      expect(cache.plan(request(id, 1), TOPIC_IDS, 0).error).toBe(
        errors.FETCH_SESSION_ID_NOT_FOUND,
      );
    }
  });

  it('gives an idle slot away, and no slot when all are in use', () => {
    const cache = sessions(1);
    const first = start(cache, [0], 0);
    expect(start(cache, [1], 100_000)).toBe(0);
    expect(start(cache, [1], 150_000)).toBeGreaterThan(0);
    expect(cache.plan(request(first, 1), TOPIC_IDS, 150_000).error).toBe(
      errors.FETCH_SESSION_ID_NOT_FOUND,
    );
  });

  it('mentions a partition when there is news of it, and again once an error is gone', () => {
    const cache = sessions();
    const { session, targets } = cache.plan(request(start(cache, [0]), 1), TOPIC_IDS, 0);
    const [target] = targets();
    const news = (answer: PartitionResponse, bytes = 0) => session!.isNews(target!, answer, bytes);
    expect(news(response(0, 5))).toBe(true);
    expect(news(response(0, 5))).toBe(false);
    expect(news(response(0, 6))).toBe(true);
    expect(news(response(0, 6), 10)).toBe(true);
    expect(news(response(0, -1, 6))).toBe(true);
    expect(news(response(0, 6))).toBe(true);
  });

  it('serves a partition that gave data after the others', () => {
    const cache = sessions();
    const id = start(cache, [0, 1, 2]);
    const plan = cache.plan(request(id, 1), TOPIC_IDS, 0);
    const [first] = plan.targets();
    first!.topic = 'resolved';
    plan.session!.isNews(first!, response(0, 1), 10);
    expect(indexes(cache.plan(request(id, 2), TOPIC_IDS, 0).targets())).toEqual([1, 2, 0]);
  });

  it('wraps the epoch around to 1', () => {
    expect(nextEpoch(0x7fffffff)).toBe(1);
    expect(nextEpoch(1)).toBe(2);
  });
});
