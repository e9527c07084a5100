import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochEntry, LeaderEpochs } from './leader-epochs.ts';

const step = fc.record({
  action: fc.constantFrom('assign', 'append', 'append', 'save', 'cutEnd', 'cutStart', 'reopen'),
  n: fc.nat(20),
});

/** Epochs beside a log of which only the offsets matter, and the file that is written now and then. */
class EpochsAndFile {
  epochs = new LeaderEpochs([]);
  file: readonly EpochEntry[] = [];
  /** The epoch of each record, by offset. */
  readonly records: number[] = [];
  start = 0;

  get end(): number {
    return this.records.length;
  }

  play(action: string, n: number): void {
    const { epochs } = this;
    const latest = Math.max(0, epochs.latestEpoch);
    if (action === 'assign') epochs.assign(latest + n, this.end);
    if (action === 'append') {
      epochs.assign(latest, this.end);
      for (let i = 0; i <= n; i++) this.records.push(latest);
    }
    if (action === 'save') this.save();
    if (action === 'cutEnd') {
      this.records.length = Math.max(this.start, this.end - n);
      epochs.truncateFromEnd(this.end);
    }
    if (action === 'cutStart') {
      this.start = Math.min(this.end, this.start + n);
      epochs.truncateFromStart(this.start);
    }
    if (action === 'reopen') this.reopen();
  }

  /** What a crash leaves: the file, and the records from where it is not right. */
  private reopen(): void {
    const from = Math.min(this.end, this.epochs.savedUpTo);
    this.epochs = new LeaderEpochs(this.file);
    this.epochs.truncateFromEnd(from);
    for (let at = from; at < this.end; at++) this.epochs.assign(this.records[at]!, at);
    this.epochs.truncateFromStart(this.start);
  }

  private save(): void {
    const entries = this.epochs.toSave(this.end);
    if (entries === null) return;
    this.file = entries;
    this.epochs.noteSaved(entries);
  }
}

describe('leader epochs', () => {
  it('come back from the file and from the records that it does not know of', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new EpochsAndFile();
        for (const { action, n } of steps) {
          model.play(action, n);
          for (let at = model.start; at < model.end; at++) {
            expect(model.epochs.epochAt(at)).toBe(model.records[at]);
          }
        }
      }),
    );
  });

  it('are saved once, without the one that has no records yet', () => {
    const epochs = new LeaderEpochs([{ epoch: 1, startOffset: 0 }]);
    epochs.assign(4, 10);
    expect(epochs.toSave(10)).toBeNull();
    expect(epochs.savedUpTo).toBe(10);
    expect(epochs.latestEpoch).toBe(4);
    epochs.assign(5, 10);
    const entries = epochs.toSave(11)!;
    expect(entries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 5, startOffset: 10 },
    ]);
    expect(epochs.savedUpTo).toBe(10);
    epochs.noteSaved(entries);
    expect(epochs.toSave(11)).toBeNull();
    expect(epochs.savedUpTo).toBe(Number.POSITIVE_INFINITY);
  });
});
