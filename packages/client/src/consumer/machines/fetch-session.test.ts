import { errors } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FetchSession, type FetchTarget, type SessionRequest } from './fetch-session.ts';

const target = (partition: number, fetchOffset: number, topicId = 'A'): FetchTarget => ({
  topic: 't',
  topicId,
  partition,
  fetchOffset,
  lastFetchedEpoch: -1,
  currentLeaderEpoch: 0,
});
const ok = (sessionId: number) => ({ errorCode: 0, sessionId });
const show = ({ sessionId, sessionEpoch, targets, forgotten }: SessionRequest): string =>
  [
    `${sessionId}/${sessionEpoch}`,
    ...targets.map(({ partition, fetchOffset }) => `${partition}@${fetchOffset}`),
    ...forgotten.map(({ partition }) => `-${partition}`),
  ].join(' ');

describe('a fetch session', () => {
  it('says everything first, and then what has changed', () => {
    const session = new FetchSession();
    expect(show(session.next([target(0, 5), target(1, 7)]))).toBe('0/0 0@5 1@7');
    session.answered(ok(9));
    expect(show(session.next([target(0, 6), target(1, 7)]))).toBe('9/1 0@6');
    session.answered(ok(9));
    expect(show(session.next([target(0, 6), target(2, 0)]))).toBe('9/2 2@0 -1');
    session.answered(ok(9));
    expect(show(session.next([target(0, 6), target(2, 0)]))).toBe('9/3');
    expect(show(session.close()!)).toBe('9/-1');
    expect(session.close()).toBeNull();
  });

  it('replaces the session when no answer comes, and begins anew when it is not known', () => {
    const session = new FetchSession();
    session.next([target(0, 5)]);
    session.answered(ok(9));
    session.next([target(0, 5)]);
    session.failed();
    expect(show(session.next([target(0, 5)]))).toBe('9/0 0@5');
    session.answered(ok(10));
    session.next([target(0, 6)]);
    session.answered({ errorCode: errors.INVALID_FETCH_SESSION_EPOCH.code, sessionId: 0 });
    expect(show(session.next([target(0, 6)]))).toBe('10/0 0@6');
    session.answered({ errorCode: errors.FETCH_SESSION_ID_NOT_FOUND.code, sessionId: 0 });
    expect(show(session.next([target(0, 6)]))).toBe('0/0 0@6');
  });

  it('goes without where the broker gives none', () => {
    const session = new FetchSession();
    session.next([target(0, 5)]);
    session.answered(ok(0));
    expect(show(session.next([target(0, 5)]))).toBe('0/0 0@5');
  });

  it('takes a topic that was created anew for another', () => {
    const session = new FetchSession();
    session.next([target(0, 5)]);
    session.answered(ok(9));
    const request = session.next([target(0, 5, 'B')]);
    expect(request.targets.map(({ topicId }) => topicId)).toEqual(['B']);
    expect(request.forgotten.map(({ topicId }) => topicId)).toEqual(['A']);
  });

  it('leaves the broker with what is wanted, whatever gets lost', () => {
    const wish = fc.dictionary(fc.constantFrom('0', '1', '2'), fc.nat(3));
    const fate = fc.constantFrom('answered', 'lost before', 'lost after', 'evicted');
    fc.assert(
      fc.property(fc.array(fc.tuple(wish, fate), { minLength: 1 }), (steps) => {
        const session = new FetchSession();
        let broker: { id: number; epoch: number; known: Map<number, number> } | null = null;
        let ids = 0;
        const serve = (request: SessionRequest) => {
          if (request.sessionEpoch === 0) {
            broker = { id: ++ids, epoch: 1, known: new Map() };
          } else if (broker === null || broker.id !== request.sessionId) {
            return { errorCode: errors.FETCH_SESSION_ID_NOT_FOUND.code, sessionId: 0 };
          } else if (broker.epoch !== request.sessionEpoch) {
            return { errorCode: errors.INVALID_FETCH_SESSION_EPOCH.code, sessionId: 0 };
          } else {
            broker.epoch++;
          }
          for (const { partition } of request.forgotten) broker.known.delete(partition);
          for (const { partition, fetchOffset } of request.targets) {
            broker.known.set(partition, fetchOffset);
          }
          return ok(broker.id);
        };
        for (const [wanted, fate] of steps) {
          const targets = Object.entries(wanted).map(([n, offset]) => target(Number(n), offset));
          if (fate === 'evicted') broker = null;
          const request = session.next(targets);
          const answer = fate === 'lost before' ? null : serve(request);
          if (answer === null || fate === 'lost after') session.failed();
          else session.answered(answer);
          if (answer?.errorCode !== 0) continue;
          const known = [...broker!.known].toSorted(([a], [b]) => a - b);
          expect(known).toEqual(
            targets.map(({ partition, fetchOffset }) => [partition, fetchOffset]),
          );
        }
      }),
    );
  });
});
