import { describe, expect, it } from 'vitest';
import { logBatches, Script } from './script.test-partition.ts';
import { SharePartition } from './share-partition.ts';
import { ACKNOWLEDGE_TYPE, RECORD_STATE } from './states.ts';

const { GAP, ACCEPT, RELEASE, REJECT, RENEW } = ACKNOWLEDGE_TYPE;
const { AVAILABLE, ACKNOWLEDGED, ARCHIVED } = RECORD_STATE;
const stored = (
  firstOffset: number,
  lastOffset: number,
  deliveryState: 0 | 2 | 4,
  deliveryCount = 1,
) => ({
  firstOffset,
  lastOffset,
  deliveryState,
  deliveryCount,
});

describe('acquiring', () => {
  it('gives what was never fetched, whole batches of the log', () => {
    const script = new Script();
    expect(script.acquire('a', 25, { maxRecords: 13 })).toBe('0-19*1');
    expect(script.acquire('b', 25)).toBe('20-24*1');
    expect(script.acquire('b', 25, { batches: [] })).toBe('');
    expect(script.show()).toBe('[0,25) 0-19 acquired*1 a, 20-24 acquired*1 b');
  });

  it('begins a new acquired batch where the member wants one', () => {
    const script = new Script();
    expect(script.acquire('a', 50, { batchSize: 15 })).toBe('0-19*1 20-39*1 40-49*1');
    expect(new Script().acquire('a', 30, { batchSize: 0 })).toBe('0-9*1 10-19*1 20-29*1');
  });

  it('never gives more than wanted in record limit mode', () => {
    const script = new Script();
    const request = { recordLimit: true, maxRecords: 4, batchSize: 2 };
    expect(script.acquire('a', 25, request)).toBe('0-3*1');
    expect(script.acquire('b', 25, request)).toBe('4-7*1');
    script.release('a');
    expect(script.acquire('b', 25, { ...request, maxRecords: 3 })).toBe('0-2*2');
    expect(script.acquire('b', 25, { ...request, maxRecords: 3 })).toBe('3-3*2 8-9*1');
  });

  it('stops at the limit of records in flight, but delivers again what was released', () => {
    const script = new Script({ limits: { maxRecordLocks: 20 } });
    expect(script.acquire('a', 100)).toBe('0-19*1');
    expect(script.acquire('b', 100)).toBe('full');
    expect(script.acknowledge('a', [5, 6, RELEASE])).toBe('ok');
    expect(script.acquire('b', 100)).toBe('5-6*2');
    expect(script.acquire('b', 100)).toBe('full');
  });

  it('starts within a batch of the log', () => {
    const script = new Script({ startOffset: 7 });
    expect(script.acquire('a', 20)).toBe('7-19*1');
  });

  it('lets the start offset follow over a gap in the log', () => {
    const script = new Script({ startOffset: 3 });
    expect(script.acquire('a', 50, { batches: logBatches(30, 50) })).toBe('30-49*1');
    expect(script.partition.startOffset).toBe(30);
  });

  it('counts records that were compacted away as done with', () => {
    const script = new Script();
    script.acquire('a', 30);
    script.release('a');
    expect(script.acquire('a', 30, { batches: logBatches(20, 30) })).toBe('20-29*2');
    expect(script.show()).toBe('[20,30) 20-29 acquired*2 a');
  });

  it('leaves out what was aborted', () => {
    const script = new Script();
    const aborted = [
      { firstOffset: 0, lastOffset: 9 },
      { firstOffset: 20, lastOffset: 29 },
    ];
    expect(script.acquire('a', 40, { aborted })).toBe('10-19*1 30-39*1');
    expect(script.show()).toBe('[10,40) 10-19 acquired*1 a, 20-29 archived*1, 30-39 acquired*1 a');
    const all = [{ firstOffset: 40, lastOffset: 49 }];
    expect(script.acquire('a', 50, { aborted: all })).toBe('');
    expect(script.partition.nextFetchOffset(2000)).toBe(50);
  });
});

describe('records that fail again and again', () => {
  const failing = (script: Script, times: number) => {
    for (let time = 0; time < times; time++) {
      script.acquire('a', 10);
      script.release('a');
    }
  };

  it('are delivered in halves, and at last alone', () => {
    const script = new Script({ limits: { maxDeliveryCount: 5 } });
    failing(script, 3);
    expect(script.acquire('a', 10)).toBe('0-4*4');
    expect(script.acquire('b', 10)).toBe('5-9*4');
    script.release('a');
    expect(script.acquire('a', 10)).toBe('0-0*5');
    expect(script.acquire('b', 10)).toBe('1-1*5');
  });

  it('are given up after the last delivery', () => {
    const script = new Script({ limits: { maxDeliveryCount: 2 } });
    failing(script, 2);
    expect(script.show()).toBe('[10,10)');
    expect(script.acquire('a', 20)).toBe('10-19*1');
  });

  it('come without others', () => {
    const script = new Script({ limits: { maxDeliveryCount: 5 } });
    failing(script, 3);
    expect(script.acquire('a', 40)).toBe('0-4*4');
    expect(script.acquire('a', 40)).toBe('5-9*4');
    expect(script.acquire('a', 40)).toBe('10-39*1');
  });
});

describe('acknowledging', () => {
  it('does each record its own, and moves the start offset', () => {
    const script = new Script();
    script.acquire('a', 10);
    expect(script.acknowledge('a', [0, 3, ACCEPT, RELEASE, REJECT, GAP], [4, 5, ACCEPT])).toBe(
      'ok',
    );
    expect(script.show()).toBe(
      '[1,10) 1-1 available*1, 2-3 archived*1, 4-5 acknowledged*1, 6-9 acquired*1 a',
    );
    expect(script.acquire('b', 10)).toBe('1-1*2');
    script.acknowledge('b', [1, 1, ACCEPT]);
    expect(script.partition.startOffset).toBe(6);
  });

  it('writes before it counts, and takes back what could not be written', () => {
    const script = new Script();
    script.acquire('a', 10);
    const write = script.begin('a', [0, 9, ACCEPT]);
    expect(write).toMatchObject({
      startOffset: 0,
      deliveryCompleteCount: 10,
      batches: [stored(0, 9, ACKNOWLEDGED)],
    });
    expect(script.acknowledge('a', [3, 4, ACCEPT])).toBe('INVALID_RECORD_STATE');
    if (write === null || 'code' in write) throw new Error('refused');
    script.settle(write, false);
    expect(script.show()).toBe('[0,10) 0-9 acquired*1 a');
    expect(script.acknowledge('a', [0, 9, ACCEPT])).toBe('ok');
    expect(script.show()).toBe('[10,10)');
  });

  it('is too late for a write that fails after the lock has ended', () => {
    const script = new Script();
    script.acquire('a', 10);
    const write = script.begin('a', [0, 4, ACCEPT]);
    expect(script.wait(1000)?.batches).toEqual([stored(5, 9, AVAILABLE)]);
    if (write === null || 'code' in write) throw new Error('refused');
    script.settle(write, false);
    expect(script.show()).toBe('[0,10) 0-9 available*1');
    expect(script.partition.nextDeadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts when the write succeeds after the lock has ended', () => {
    const script = new Script();
    script.acquire('a', 10);
    const write = script.begin('a', [0, 9, ACCEPT]);
    expect(script.wait(5000)).toBeNull();
    if (write === null || 'code' in write) throw new Error('refused');
    script.settle(write);
    expect(script.show()).toBe('[10,10)');
  });

  const refusals: [string, string, [number, number, ...number[]][], string][] = [
    ['of another member', 'b', [[0, 9, ACCEPT]], 'INVALID_RECORD_STATE'],
    ['of a part of another member', 'b', [[3, 4, ACCEPT]], 'INVALID_RECORD_STATE'],
    ['of nobody', '', [[20, 29, ACCEPT]], 'INVALID_RECORD_STATE'],
    ['beyond the end', 'a', [[0, 30, ACCEPT]], 'INVALID_REQUEST'],
    ['all beyond the end', 'a', [[500, 501, ACCEPT]], 'INVALID_REQUEST'],
    ['with an unknown type', 'a', [[0, 9, 5]], 'INVALID_REQUEST'],
    [
      'with one record twice',
      'a',
      [
        [0, 5, ACCEPT],
        [5, 9, ACCEPT],
      ],
      'INVALID_RECORD_STATE',
    ],
    [
      'half good',
      'a',
      [
        [0, 9, ACCEPT],
        [10, 19, ACCEPT],
      ],
      'INVALID_RECORD_STATE',
    ],
    [
      'half renewed',
      'a',
      [
        [0, 9, RENEW],
        [10, 19, ACCEPT],
      ],
      'INVALID_RECORD_STATE',
    ],
  ];
  it.each(refusals)('refuses records %s, and changes nothing', (_, member, batches, error) => {
    const script = new Script();
    script.acquire('a', 10);
    script.acquire('b', 20);
    script.acquire('c', 30);
    script.release('c');
    const before = JSON.stringify([script.show(), script.partition.nextDeadlineMs]);
    script.nowMs = 10;
    expect(script.acknowledge(member, ...batches)).toBe(error);
    expect(JSON.stringify([script.show(), script.partition.nextDeadlineMs])).toBe(before);
    expect(script.acknowledge('a', [0, 9, ACCEPT])).toBe('ok');
  });

  it('has nothing to say about records below the start, or when nothing is in flight', () => {
    const script = new Script({ startOffset: 10 });
    expect(script.acknowledge('a', [10, 12, ACCEPT])).toBe('INVALID_RECORD_STATE');
    expect(script.acknowledge('a', [0, 9, ACCEPT])).toBe('ok');
    script.acquire('a', 20);
    expect(script.acknowledge('a', [5, 14, ACCEPT])).toBe('ok');
    expect(script.partition.startOffset).toBe(15);
  });
});

describe('acquisition locks', () => {
  it('end, and give the records back', () => {
    const script = new Script();
    script.acquire('a', 10);
    script.wait(500);
    script.acquire('b', 20);
    expect(script.wait(499)).toBeNull();
    expect(script.wait(1)).toMatchObject({ startOffset: 0, batches: [stored(0, 9, AVAILABLE)] });
    expect(script.acknowledge('a', [0, 9, ACCEPT])).toBe('INVALID_RECORD_STATE');
    expect(script.acquire('c', 20)).toBe('0-9*2');
    expect(script.wait(500)?.batches).toEqual([stored(10, 19, AVAILABLE)]);
  });

  it('are renewed, where the group allows it', () => {
    const script = new Script();
    script.acquire('a', 10);
    script.wait(900);
    expect(script.acknowledge('a', [0, 9, RENEW, RENEW, ACCEPT, RENEW, 1, 1, 1, 1, 1, 1])).toBe(
      'ok',
    );
    expect(script.wait(900)).toBeNull();
    expect(script.show()).toContain('0-1 acquired*1 a');
    expect(script.wait(100)?.batches).toEqual([stored(0, 1, AVAILABLE), stored(3, 3, AVAILABLE)]);
    const strict = new Script({ limits: { renewable: false } });
    strict.acquire('a', 10);
    expect(strict.acknowledge('a', [0, 9, RENEW])).toBe('INVALID_RECORD_STATE');
  });

  it('end for the last time at the delivery limit', () => {
    const script = new Script({ limits: { maxDeliveryCount: 2 } });
    for (let time = 0; time < 2; time++) {
      script.acquire('a', 10);
      script.wait(1000);
    }
    expect(script.show()).toBe('[10,10)');
  });
});

describe('the log start', () => {
  it('takes records along, whoever holds them', () => {
    const script = new Script();
    script.acquire('a', 10);
    script.acquire('b', 20);
    const write = script.begin('a', [0, 9, RELEASE]);
    script.partition.moveLogStart(15);
    expect(script.show()).toBe('[15,20) 15-19 acquired*1 b');
    if (write === null || 'code' in write) throw new Error('refused');
    script.settle(write, false);
    expect(script.acknowledge('b', [10, 19, ACCEPT])).toBe('ok');
    script.partition.moveLogStart(40);
    script.partition.moveLogStart(30);
    expect(script.show()).toBe('[40,40)');
    expect(script.acquire('a', 50)).toBe('40-49*1');
  });
});

describe('restoring', () => {
  it('takes what was never acknowledged for available', () => {
    const script = new Script({
      startOffset: 5,
      stored: [
        stored(10, 14, ACKNOWLEDGED),
        stored(15, 16, AVAILABLE, 2),
        stored(30, 34, ARCHIVED),
      ],
    });
    expect(script.show()).toBe(
      '[5,35) 5-9 available*0, 10-14 acknowledged*1, 15-16 available*2, ' +
        '17-29 available*0, 30-34 archived*1',
    );
    expect(script.acquire('a', 40, { maxRecords: 8 })).toBe('5-9*1 15-16*3 17-19*1');
    expect(script.acquire('a', 40)).toBe('20-29*1 35-39*1');
  });

  it('moves past what is done with', () => {
    const all = [stored(5, 9, ACKNOWLEDGED), stored(10, 14, ARCHIVED)];
    expect(new Script({ startOffset: 5, stored: all }).show()).toBe('[15,15)');
  });

  it('bounds what it gives of a wide gap', () => {
    const script = new Script({ stored: [stored(1_000_000, 1_000_009, ACKNOWLEDGED)] });
    expect(script.acquire('a', 100, { maxRecords: 25 })).toBe('0-29*1');
    expect(script.acquire('a', 100, { maxRecords: 5, recordLimit: true })).toBe('30-34*1');
  });

  it.each([
    ['below the start', [stored(0, 9, ACKNOWLEDGED)]],
    ['backwards', [stored(9, 8, ACKNOWLEDGED)]],
    ['that are held', [{ ...stored(5, 9, AVAILABLE), deliveryState: 1 }]],
    ['overlapping', [stored(5, 9, ACKNOWLEDGED), stored(9, 10, ARCHIVED)]],
  ])('refuses batches %s', (_, batches) => {
    expect(SharePartition.restore(5, batches)).toBeNull();
  });
});
