import { describe, expect, it } from 'vitest';
import { LogView, type LogSummary } from './log-view.ts';

/** Epoch 1 at 0 to 9, epoch 3 at 10 to 19, epoch 4 at 20 to 24. */
const WHOLE: LogSummary = {
  startOffset: 0,
  endOffset: 25,
  epochs: [
    { epoch: 1, startOffset: 0 },
    { epoch: 3, startOffset: 10 },
    { epoch: 4, startOffset: 20 },
  ],
  snapshots: [],
};

/** The same below 15 in a snapshot, and another one at 20. */
const TRIMMED: LogSummary = {
  startOffset: 15,
  endOffset: 25,
  epochs: [
    { epoch: 3, startOffset: 15 },
    { epoch: 4, startOffset: 20 },
  ],
  snapshots: [
    { id: { offset: 20, epoch: 3 }, sizeBytes: 2 },
    { id: { offset: 15, epoch: 3 }, sizeBytes: 1 },
  ],
};

const snapshotAt = (offset: number, epoch: number): object => ({
  kind: 'snapshot',
  id: { offset, epoch },
});
const divergingAt = (offset: number, epoch: number): object => ({
  kind: 'diverging',
  at: { offset, epoch },
});
const VALID = { kind: 'valid' };

describe('the position of a follower', () => {
  it.each([
    ['an empty log', 0, 0, VALID],
    ['the end', 25, 4, VALID],
    ['a prefix', 10, 1, VALID],
    ['a prefix inside an epoch', 12, 3, VALID],
    ['more than the leader has', 30, 4, divergingAt(25, 4)],
    ['more of an old epoch than the leader', 12, 1, divergingAt(10, 1)],
    ['an epoch that the leader never saw', 12, 2, divergingAt(10, 1)],
    ['a newer epoch than the leader', 12, 5, divergingAt(25, 4)],
  ])('with %s, seen from a whole log', (_, offset, epoch, position) => {
    expect(new LogView(WHOLE).position(offset, epoch)).toEqual(position);
  });

  it.each([
    ['an empty log', 0, 0, snapshotAt(20, 3)],
    ['less than the log has', 12, 3, snapshotAt(20, 3)],
    ['an epoch before the log', 18, 1, snapshotAt(20, 3)],
    ['the start, but of another epoch', 15, 2, snapshotAt(20, 3)],
    ['the start', 15, 3, VALID],
    ['more of an epoch than the leader', 22, 3, divergingAt(20, 3)],
  ])('with %s, seen from a log that starts with a snapshot', (_, offset, epoch, position) => {
    expect(new LogView(TRIMMED).position(offset, epoch)).toEqual(position);
  });
});

describe('where a follower cuts', () => {
  it.each([
    ['the epoch is known: at its end there or here', { offset: 12, epoch: 3 }, 12],
    ['the epoch is known, and ends here first', { offset: 23, epoch: 3 }, 20],
    ['the epoch is not known: at the end of the one before', { offset: 23, epoch: 2 }, 10],
    ['the leader has nothing in common', { offset: 0, epoch: 0 }, 0],
  ])('when %s', (_, diverging, offset) => {
    expect(new LogView(WHOLE).cutFor(diverging)).toBe(offset);
  });
});

describe('a log', () => {
  it('forgets epochs with the records that are cut', () => {
    const log = new LogView(WHOLE);
    log.truncateTo(10);
    expect(log.end).toEqual({ offset: 10, epoch: 1 });
    expect(log.syncedOffset).toBe(10);
    log.append(5, 11);
    expect(log.end).toEqual({ offset: 11, epoch: 5 });
  });

  it('starts later, in the epoch that is there', () => {
    const log = new LogView(WHOLE);
    log.addSnapshot({ id: { offset: 15, epoch: 3 }, sizeBytes: 1 });
    log.advanceStart(15);
    expect(log.epochs).toEqual(TRIMMED.epochs);
    expect(log.earliestSnapshot?.id).toEqual({ offset: 15, epoch: 3 });
  });

  it('has the epoch of its snapshot when it is empty', () => {
    const log = new LogView(WHOLE);
    log.restartAt({ id: { offset: 40, epoch: 7 }, sizeBytes: 1 });
    expect(log.end).toEqual({ offset: 40, epoch: 7 });
    expect(log.startOffset).toBe(40);
    expect(log.position(40, 7)).toEqual(VALID);
  });
});
