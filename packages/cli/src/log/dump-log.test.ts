import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  BatchBuilder,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
  type Message,
  type Struct,
  Writer,
  offsetCommitKey,
  offsetCommitValue,
  shareUpdateKey,
  shareUpdateValue,
  transactionLogKey,
  transactionLogValue,
  writeInt64,
} from '@tidelog/protocol';
import { encodeRecord } from '@tidelog/metadata';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryTerminal } from '../terminal/memory.test-terminal.ts';
import { dumpLog, type DumpLogSettings } from './dump-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidelog-dump-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SEGMENT = 'orders-0/00000000000000000000.log';

async function screenOf(
  name: string,
  bytes: Buffer | string,
  settings: Partial<DumpLogSettings> = {},
): Promise<string> {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const terminal = new MemoryTerminal();
  await dumpLog({
    args: [path],
    settings: { output: 'jsonl', decode: 'auto', ...settings },
    terminal,
  });
  return terminal.screen.replaceAll(`${directory}/`, '');
}

type Row = Record<string, unknown>;

async function rowsOf(
  name: string,
  bytes: Buffer | string,
  settings: Partial<DumpLogSettings> = {},
): Promise<Row[]> {
  const screen = await screenOf(name, bytes, settings);
  return screen
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row);
}

function batch(
  baseOffset: number,
  records: readonly (readonly [key: Buffer | null, value: Buffer | null])[],
  control = false,
): Buffer {
  const builder = new BatchBuilder();
  for (const [key, value] of records) builder.append(1_700_000_000_000, key, value);
  return builder.finish({ baseOffset, leaderEpoch: 3, control });
}

const text = (value: string) => Buffer.from(value);

describe('a segment', () => {
  const two = Buffer.concat([
    batch(0, [
      [text('k'), text('v')],
      [null, Buffer.from([0xff])],
    ]),
    batch(2, [[text('gone'), null]]),
  ]);

  it('is its batches', async () => {
    const rows = await rowsOf(SEGMENT, two);
    expect(rows.map(({ type }) => type)).toEqual(['batch', 'batch']);
    expect(rows[0]).toMatchObject({
      file: SEGMENT,
      position: 0,
      baseOffset: 0,
      lastOffset: 1,
      count: 2,
      leaderEpoch: 3,
      codec: 'none',
      isValid: true,
    });
    expect(rows[1]!.position).toBe(rows[0]!.sizeBytes);
  });

  it('shows records where they are asked for', async () => {
    const rows = await rowsOf(SEGMENT, two, { records: true });
    const records = rows.filter(({ type }) => type === 'record');
    expect(records.map(({ offset, key, value }) => [offset, key, value])).toEqual([
      [0, 'k', 'v'],
      [1, null, { base64: '/w==' }],
      [2, 'gone', null],
    ]);
  });

  it('is a table for eyes', async () => {
    const screen = await screenOf(SEGMENT, two, { output: 'table', records: true });
    const [title, header, first, record] = screen.split('\n');
    expect(title).toBe(SEGMENT);
    expect(header).toMatch(/^POSITION +BYTES +OFFSETS +COUNT +TIMESTAMP/);
    expect(first).toMatch(/^0 +\d+ +0-1 +2 +1700000000000 +3 +- +none +-$/);
    expect(record).toMatch(/ k v$/);
  });

  it('is damaged where it is cut, changed, or not written yet', async () => {
    const problems = async (bytes: Buffer) => {
      const rows = await rowsOf(SEGMENT, bytes, { problems: true });
      return rows.map(({ position, problem }) => [position, problem]);
    };
    const first = batch(0, [[null, text('v')]]);
    const changed = Buffer.from(first);
    changed[changed.length - 2]! ^= 1;
    expect(await problems(first)).toEqual([]);
    expect(await problems(Buffer.concat([changed, first]))).toEqual([
      [0, 'the checksum does not match'],
    ]);
    expect(await problems(Buffer.concat([first, first.subarray(0, 30)]))).toEqual([
      [first.length, 'the file ends within a batch: 30 bytes are left'],
    ]);
    expect(await problems(Buffer.concat([first, Buffer.alloc(100)]))).toEqual([
      [first.length, '100 bytes of zeros to the end'],
    ]);
    expect(await problems(Buffer.concat([first, Buffer.alloc(100, 7)]))).toEqual([
      [first.length, '100 bytes that are no batch'],
    ]);
  });

  it('is read on behind a batch that is larger than a window', async () => {
    const large = batch(0, [[null, Buffer.alloc(3 * 1024 * 1024, 'x')]]);
    const rows = await rowsOf(SEGMENT, Buffer.concat([large, batch(1, [[null, text('v')]])]));
    expect(rows.map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
  });

  it('never ends a dump, whatever it holds', async () => {
    const flips = fc.array(fc.tuple(fc.nat(two.length - 1), fc.nat(255)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(flips, fc.nat(two.length), async (changes, size) => {
        const bytes = Buffer.from(two);
        for (const [at, value] of changes) bytes[at] = value;
        const rows = await rowsOf(SEGMENT, bytes.subarray(0, size), { records: true });
        expect(rows.length).toBeLessThan(40);
      }),
      { numRuns: 60 },
    );
  });
});

/** A key after its type, or a value after its version. */
function prefixed<S extends Struct>(
  prefix: number,
  message: Message<S>,
  value: Parameters<Message<S>['write']>[1],
): Buffer {
  const writer = new Writer(64);
  writer.int16(prefix);
  message.write(writer, value, Math.min(prefix, message.versions[1]));
  return writer.toBuffer();
}

describe("Kafka's own topics", () => {
  const recordsOf = async (topic: string, bytes: Buffer) => {
    const rows = await rowsOf(`${topic}-0/00000000000000000000.log`, bytes, { records: true });
    return rows.filter(({ type }) => type === 'record');
  };

  it('have groups, transactions and the state of share groups', async () => {
    const place = { topic: 'orders', partition: 2 };
    const key = prefixed(1, offsetCommitKey, { group: 'g', ...place });
    const value = prefixed(3, offsetCommitValue, {
      offset: 7,
      leaderEpoch: 3,
      metadata: '',
      commitTimestamp: 1,
    });
    const offsets = batch(0, [
      [key, value],
      [key, null],
      [Buffer.from([0, 99]), value],
    ]);
    expect(await recordsOf('__consumer_offsets', offsets)).toMatchObject([
      { kind: 'OffsetCommit', key: { group: 'g', ...place }, value: { offset: 7, leaderEpoch: 3 } },
      { kind: 'OffsetCommit', value: null },
      { kind: 'unreadable: no key of type 99' },
    ]);
    const id = prefixed(0, transactionLogKey, { transactionalId: 'pay' });
    const state = prefixed(0, transactionLogValue, {
      producerId: 5,
      producerEpoch: 1,
      transactionTimeoutMs: 60_000,
      transactionStatus: 1,
      transactionPartitions: [{ topic: 'orders', partitionIds: [2] }],
      transactionLastUpdateTimestampMs: 1,
      transactionStartTimestampMs: 1,
    });
    expect(await recordsOf('__transaction_state', batch(0, [[id, state]]))).toMatchObject([
      { kind: 'TransactionLog', key: { transactionalId: 'pay' }, value: { producerId: 5 } },
    ]);
    const share = { groupId: 's', topicId: 'L7LS5qafQPmuw0XM02lMrw', partition: 1 };
    const update = prefixed(0, shareUpdateValue, {
      snapshotEpoch: 1,
      leaderEpoch: 2,
      startOffset: 3,
      deliveryCompleteCount: 0,
      stateBatches: [],
    });
    const shares = batch(0, [[prefixed(1, shareUpdateKey, share), update]]);
    expect(await recordsOf('__share_group_state', shares)).toMatchObject([
      { kind: 'ShareUpdate', key: share, value: { startOffset: 3 } },
    ]);
  });

  it('have metadata, without what is secret', async () => {
    const NEWEST = 30;
    const topic = { type: 'Topic', name: 'orders', topicId: 'L7LS5qafQPmuw0XM02lMrw' } as const;
    const config = {
      type: 'Config',
      resourceType: 4,
      resourceName: '1',
      name: 'listener.name.x.ssl.key.password',
      value: 'open sesame',
    } as const;
    const records = batch(0, [
      [null, encodeRecord(topic, NEWEST)],
      [null, encodeRecord(config, NEWEST)],
      [null, Buffer.from([9])],
    ]);
    expect(await recordsOf('__cluster_metadata', records)).toMatchObject([
      { kind: 'Topic', value: { name: 'orders' } },
      { kind: 'Config', value: { value: '(hidden)' } },
      { kind: 'unreadable: unreadable metadata record: frame version 9' },
    ]);
  });

  it('have markers', async () => {
    const marker = batch(
      4,
      [[controlRecordKey(controlRecordTypes.abort), endTxnMarkerValue(6)]],
      true,
    );
    expect(await recordsOf('orders', marker)).toMatchObject([
      { offset: 4, kind: 'abort', value: { coordinatorEpoch: 6 } },
    ]);
  });
});

describe('other files', () => {
  it('are offset indexes', async () => {
    const index = Buffer.alloc(24);
    index.writeInt32BE(5, 0);
    index.writeInt32BE(4096, 4);
    const rows = await rowsOf('orders-0/00000000000000000100.index', index);
    expect(rows).toMatchObject([{ type: 'index-entry', offset: 105, position: 4096 }]);
  });

  it('are time indexes', async () => {
    const index = Buffer.alloc(36);
    writeInt64(index, 0, 1_700_000_000_000);
    index.writeInt32BE(5, 8);
    const rows = await rowsOf('orders-0/00000000000000000100.timeindex', index);
    expect(rows).toMatchObject([{ timestamp: 1_700_000_000_000, offset: 105 }]);
  });

  it('are aborted transactions, and what stands behind the last', async () => {
    const index = Buffer.alloc(36);
    [1, 10, 19, 12].forEach((value, field) => writeInt64(index, 2 + 8 * field, value));
    const rows = await rowsOf('orders-0/00000000000000000000.txnindex', index);
    expect(rows).toMatchObject([
      { producerId: 1, firstOffset: 10, lastOffset: 19, lastStableOffset: 12 },
      { type: 'problem', position: 34, problem: '2 bytes behind the last entry' },
    ]);
  });

  it('are snapshots of producers', async () => {
    const rows = await rowsOf('orders-0/00000000000000000000.snapshot', Buffer.alloc(10));
    expect(rows).toMatchObject([{ problem: 'the snapshot is damaged, or of another version' }]);
  });

  it.each([
    ['leader-epoch-checkpoint', '0\n1\n4 17\n', [{ epoch: 4, startOffset: 17 }]],
    [
      'replication-offset-checkpoint',
      '0\n2\norders 3 9\n',
      [
        { topic: 'orders', partition: 3, offset: 9 },
        { problem: 'the checkpoint counts 2 entries and has 1' },
      ],
    ],
    [
      'meta.properties',
      '#\nnode.id=1\nssl.key.password=x\n',
      [
        { name: 'node.id', value: '1' },
        { name: 'ssl.key.password', value: '(hidden)' },
      ],
    ],
    ['quorum-state', '{"leaderId":1}', [{ name: 'leaderId', value: 1 }]],
    ['quorum-state', 'x', [{ problem: 'it is no JSON' }]],
  ])('are %s', async (name, content, rows) => {
    expect(await rowsOf(`orders-0/${name}`, content)).toMatchObject(rows);
  });

  it('are none of a log', async () => {
    await expect(screenOf('orders-0/readme.txt', '')).rejects.toThrow('is no file of a log');
    const terminal = new MemoryTerminal();
    const settings = { output: 'table', decode: 'auto' } as const;
    const call = { args: [join(directory, 'absent')], settings, terminal };
    await expect(dumpLog(call)).rejects.toThrow(/^cannot read .*absent/);
  });
});
