import { errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { FINAL_EPOCH, ShareSession, ShareSessions } from './share-sessions.ts';

const a = { topicId: 'A', index: 0 };
const b = { topicId: 'B', index: 1 };

describe('a share session', () => {
  it('mentions what is new, what failed, and what came back', () => {
    const session = new ShareSession('g', 'm');
    session.add([a], false);
    session.add([a, b], true);
    expect(session.partitions).toMatchObject([a, b]);
    expect(session.isNews(a, false, false)).toBe(false);
    expect(session.isNews(b, false, false)).toBe(true);
    expect(session.isNews(b, false, false)).toBe(false);
    expect(session.isNews(b, true, false)).toBe(true);
    expect(session.isNews(b, false, false)).toBe(true);
    expect(session.isNews(a, false, true)).toBe(true);
    expect(session.partitions).toMatchObject([b, a]);
    session.forget([b]);
    expect(session.partitions).toMatchObject([a]);
    expect(session.isNews(b, false, false)).toBe(false);
  });

  it('counts its epochs round', () => {
    const session = new ShareSession('g', 'm');
    session.epoch = 0x7fffffff;
    session.advance();
    expect(session.epoch).toBe(1);
  });
});

describe('share sessions', () => {
  function watched(maxSessions: number) {
    const told: string[] = [];
    const sessions = new ShareSessions({
      maxSessions,
      onEnd: ({ memberId }) => told.push(`ended ${memberId}`),
      onGroupEmpty: (groupId) => told.push(`empty ${groupId}`),
    });
    return { sessions, told };
  }

  it('end with the connection that began them', () => {
    const { sessions, told } = watched(9);
    const [first, second] = [new Set<() => void>(), new Set<() => void>()];
    sessions.begin('g', 'm', first);
    sessions.begin('g', 'n', second);
    sessions.begin('g', 'm', second);
    expect(first.size).toBe(0);
    for (const gone of second) gone();
    expect(told).toEqual(['ended n', 'ended m', 'empty g']);
    expect([sessions.size, second.size]).toEqual([0, 0]);
  });

  it('are bounded', () => {
    const { sessions, told } = watched(1);
    sessions.begin('g', 'm', new Set());
    expect(sessions.begin('h', 'n', new Set())).toBe(errors.SHARE_SESSION_LIMIT_REACHED);
    expect(sessions.begin('g', 'm', new Set())).toBeInstanceOf(ShareSession);
    sessions.end('g', 'm');
    sessions.end('g', 'm');
    expect(told.filter((event) => event.startsWith('ended'))).toEqual(['ended m']);
  });

  it('go on in their epoch only', () => {
    const { sessions } = watched(1);
    expect(sessions.continue('g', 'm', 1)).toBe(errors.SHARE_SESSION_NOT_FOUND);
    sessions.begin('g', 'm', new Set());
    expect(sessions.continue('g', 'm', 2)).toBe(errors.INVALID_SHARE_SESSION_EPOCH);
    expect(sessions.continue('g', 'm', 1)).toMatchObject({ epoch: 2 });
    expect(sessions.continue('g', 'm', FINAL_EPOCH)).toMatchObject({ epoch: 2 });
  });
});
