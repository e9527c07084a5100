import { describe, expect, it } from 'vitest';
import { encodeControlBatch } from '../replication/control-batches.ts';
import { GOLDEN_DIRECTORY_ID, GOLDEN_SNAPSHOT } from '../testing/golden.ts';
import { batchOf, valuesOf, voter } from '../testing/records.ts';
import { VoterSet } from '../voters/voter-set.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-file.ts';
import { parseSnapshotFileName, snapshotFileName } from './snapshot-name.ts';

describe('a snapshot file', () => {
  it('of Apache Kafka reads, and is written again byte for byte', () => {
    const { controls, batches } = decodeSnapshot(GOLDEN_SNAPSHOT);
    expect(batches).toEqual([]);
    expect(controls).toEqual([
      { type: 'snapshotHeader', lastContainedLogTimestamp: 1795376633466 },
      { type: 'kraftVersion', version: 1 },
      {
        type: 'voters',
        voters: [
          {
            id: 1,
            directoryId: GOLDEN_DIRECTORY_ID,
            endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 19293 }],
            minKraftVersion: 0,
            maxKraftVersion: 1,
          },
        ],
      },
      { type: 'snapshotFooter' },
    ]);
    const headAt = { baseOffset: 0, leaderEpoch: 0, timestampMs: 1795376633481 };
    const footerAt = { baseOffset: 3, leaderEpoch: 0, timestampMs: 1795376633505 };
    const head = encodeControlBatch(controls.slice(0, 3), headAt);
    const footer = encodeControlBatch(controls.slice(3), footerAt);
    expect(Buffer.concat([head, footer])).toEqual(GOLDEN_SNAPSHOT);
  });

  const OPTIONS = {
    id: { offset: 42, epoch: 3 },
    lastContainedLogTimestamp: 77,
    kraftVersion: 1,
    voters: new VoterSet([voter(1), voter(2)]),
    timestampMs: 99,
  };

  it('holds the batches between its control records, at offsets of its own', () => {
    const written = [...encodeSnapshot(OPTIONS, [batchOf('a', 'b'), batchOf('c')])];
    expect(written.map((batch) => batch.readInt32BE(4))).toEqual([0, 3, 5, 6]);
    expect(written.map((batch) => batch.readInt32BE(12))).toEqual([3, 3, 3, 3]);
    const { controls, batches } = decodeSnapshot(Buffer.concat(written));
    expect(valuesOf(batches)).toEqual(['a', 'b', 'c']);
    expect(controls).toContainEqual({ type: 'voters', voters: [voter(1), voter(2)] });
  });

  it('names no voters for kraft.version 0', () => {
    const [head] = encodeSnapshot({ ...OPTIONS, kraftVersion: 0 }, []);
    const footer = encodeControlBatch([{ type: 'snapshotFooter' }], {
      baseOffset: 1,
      leaderEpoch: 3,
      timestampMs: 99,
    });
    const { controls } = decodeSnapshot(Buffer.concat([head ?? footer, footer]));
    expect(controls.map(({ type }) => type)).toEqual(['snapshotHeader', 'snapshotFooter']);
  });

  it('is refused when it is cut off, damaged, or lacks its ends', () => {
    const file = Buffer.concat([...encodeSnapshot(OPTIONS, [batchOf('a')])]);
    const footerSize = [...encodeSnapshot(OPTIONS, [])].at(-1)?.length ?? 0;
    expect(() => decodeSnapshot(file.subarray(0, file.length - 1))).toThrow('damaged');
    expect(() => decodeSnapshot(file.subarray(0, file.length - footerSize))).toThrow('footer');
    const flipped = Buffer.from(file);
    flipped[80] = (flipped[80] ?? 0) ^ 1;
    expect(() => decodeSnapshot(flipped)).toThrow('damaged');
    expect(() => decodeSnapshot(batchOf('a'))).toThrow('header');
    expect(() => decodeSnapshot(Buffer.alloc(0))).toThrow('header');
  });
});

describe('the name of a snapshot file', () => {
  it.each([
    ['00000000000000000000-0000000000.checkpoint', 0, 0, 'complete'],
    ['00000000000000001234-0000000056.checkpoint', 1234, 56, 'complete'],
    ['00000000000000001234-0000000056.checkpoint.deleted', 1234, 56, 'deleted'],
    ['00000000000000001234-0000000056.checkpoint.part', 1234, 56, 'partial'],
  ] as const)('%s tells offset and epoch', (name, offset, epoch, kind) => {
    expect(snapshotFileName({ offset, epoch }, kind)).toBe(name);
    expect(parseSnapshotFileName(name)).toEqual({ id: { offset, epoch }, kind });
  });

  it('may have digits before the suffix while Apache Kafka writes it', () => {
    const name = '00000000000000000007-0000000001-8412345678.checkpoint.part';
    expect(parseSnapshotFileName(name)).toEqual({ id: { offset: 7, epoch: 1 }, kind: 'partial' });
  });

  it.each(['quorum-state', '00000000000000000000.log', '7-1.checkpoint', ''])(
    'is not %j',
    (name) => {
      expect(parseSnapshotFileName(name)).toBe(null);
    },
  );
});
