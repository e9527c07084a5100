import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kill, append, NOW, readAll, TestDirectory, UnsyncedDisk } from '../log.test-support.ts';

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

/** 100 records in several segments; all of them flushed, and noted as such, when `flushed`. */
async function written({ flushed }: { flushed: boolean }) {
  const directory = place.open();
  const log = directory.createLog('t', 0, { now: NOW });
  for (let i = 0; i < 50; i++) {
    append(log, { values: ['a', 'b'], producerId: 1, producerEpoch: 0, baseSequence: i * 2 });
  }
  if (flushed) {
    await log.flushed(100);
    directory.tick(NOW);
    directory.tick(NOW + 60_000);
    await directory.settled();
  }
  await kill(directory);
}

function flip(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position]! ^= 1;
  writeFileSync(path, bytes);
}

/** The directories of which names become durable on this thread. */
class NotedDisk extends UnsyncedDisk {
  readonly synced: string[] = [];

  override syncDirectory(path?: string): void {
    this.synced.push(path!.slice(place.path.length));
  }
}

describe('opening a log after an unclean stop', () => {
  it('lets go of what is below its start for good', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 60; i++) append(log, { values: ['x'.repeat(100)] });
    await log.flushed(60);
    log.updateHighWatermark(60);
    const [, second] = place.segments();
    log.deleteRecords(second!);
    await directory.saveLogStartOffsets();
    await kill(directory);
    const disk = new NotedDisk();
    const again = place.open(NOW, disk);
    expect(again.log('t', 0)).toMatchObject({ logStartOffset: second });
    expect(place.segments()[0]).toBe(second);
    expect(disk.synced).toContain('/t-0');
    await again.close();
  });

  it('takes the partition offline when bytes below the recovery point are damaged', async () => {
    await written({ flushed: true });
    const active = place.file(place.segments().at(-1)!, '.log');
    flip(active, 70);
    const directory = place.open();
    expect(directory.log('t', 0)).toBeUndefined();
    expect(directory.offline.get('t-0')).toMatch(/wrong CRC.*below the recovery point 100/);
    expect(() => directory.createLog('t', 0, { now: NOW })).toThrow(/wrong CRC/);
    await directory.close();
    // It is found again at each start, until it is mended.
    const again = place.open();
    expect(again.offline.size).toBe(1);
    await again.close();
    flip(active, 70);
    expect(place.open().log('t', 0)?.logEndOffset).toBe(100);
  });

  it('does so too when they are missing', async () => {
    await written({ flushed: true });
    truncateSync(place.file(place.segments().at(-1)!, '.log'), 0);
    expect(place.open().offline.get('t-0')).toMatch(/ends at offset \d+, below .* 100/);
  });

  it('cuts a torn tail off, and all that follows', async () => {
    await written({ flushed: false });
    const end = place.segments()[1]!;
    flip(place.file(end, '.log'), 70);
    const log = place.open().log('t', 0)!;
    expect(log.logEndOffset).toBe(end);
    expect(log.cutTail).toMatchObject({ endOffset: end, reason: 'a batch has a wrong CRC' });
    expect(readAll(log)).toHaveLength(end);
    const next = { producerId: 1, producerEpoch: 0, baseSequence: end };
    expect(append(log, { values: ['c'], ...next }).baseOffset).toBe(end);
  });

  it('takes zeros behind the last batch for room that was reserved', async () => {
    await written({ flushed: true });
    appendFileSync(place.file(place.segments().at(-1)!, '.log'), Buffer.alloc(5000));
    expect(place.open().log('t', 0)?.logEndOffset).toBe(100);
  });
});

describe('opening a log', () => {
  it.each(['.index', '.timeindex', '.snapshot'])('does without %s files', async (suffix) => {
    await written({ flushed: false });
    let directory = place.open();
    const before = readAll(directory.log('t', 0)!);
    await directory.close();
    for (const base of place.segments()) rmSync(place.file(base, suffix), { force: true });
    directory = place.open();
    const log = directory.log('t', 0)!;
    expect(readAll(log)).toEqual(before);
    expect(log.offsetByTimestamp(NOW + 1)).toMatchObject({ offset: 1 });
    expect(log.producers()).toMatchObject([{ producerId: 1, lastSequence: 99 }]);
    await directory.close();
  });

  it('rebuilds an index that cannot be right', async () => {
    await written({ flushed: false });
    let directory = place.open();
    await directory.close();
    writeFileSync(place.file(0, '.index'), Buffer.from('not an index'));
    writeFileSync(place.file(0, '.timeindex'), Buffer.from('5 bytes'));
    directory = place.open();
    expect(readAll(directory.log('t', 0)!)).toHaveLength(100);
    await directory.close();
    expect(readFileSync(place.file(0, '.index')).length % 8).toBe(0);
    expect(readFileSync(place.file(0, '.timeindex')).length % 12).toBe(0);
  });

  it('clears what an interrupted compaction or removal left', async () => {
    await written({ flushed: false });
    const stale = place.file(0, '.log.deleted');
    const [, second, third] = place.segments();
    const cleaned = place.file(third!, '.log.cleaned');
    for (const path of [stale, cleaned]) writeFileSync(path, 'left over');
    const swap = place.file(second!, '.log.swap');
    writeFileSync(swap, readFileSync(swap.slice(0, -'.swap'.length)));
    const log = place.open().log('t', 0)!;
    expect(readAll(log)).toHaveLength(100);
    for (const path of [stale, cleaned, swap]) expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });

  it('finishes a compaction of which a part in the middle is in place already', async () => {
    await written({ flushed: false });
    const [first, second, third] = place.segments();
    expect(third).toBeGreaterThan(second!);
    for (const offset of [first!, third!]) {
      renameSync(place.file(offset, '.log'), place.file(offset, '.log.swap'));
    }
    const log = place.open().log('t', 0)!;
    expect(readAll(log)).toHaveLength(100);
  });
});
