import { describe, expect, it } from 'vitest';
import { apiOf, apis } from '../apis/index.ts';
import { bigint64 } from './field.ts';
import { message } from './message.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

describe('messages', () => {
  it('writes and reads a request with nested structs, nulls and tagged fields', () => {
    const value = {
      replicaId: -1,
      replicaState: { replicaId: 3, replicaEpoch: 7 },
      maxWaitMs: 500,
      minBytes: 1,
      topics: [
        {
          topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
          partitions: [{ partition: 2, fetchOffset: 2 ** 40, partitionMaxBytes: 1 << 20 }],
        },
      ],
      forgottenTopicsData: [],
    };
    const decoded = apis.Fetch.request.decode(apis.Fetch.request.encode(value, 18), 18);
    expect(decoded).toMatchObject(value);
    expect(decoded.topics[0]!.partitions[0]!.highWatermark).toBe(2 ** 63);
    expect(decoded.clusterId).toBeNull();
  });

  it('gives one shape at every version', () => {
    const metadata = apis.Metadata.request;
    const old = metadata.decode(metadata.encode({ topics: [{ name: 'a' }] }, 0), 0);
    const recent = metadata.decode(metadata.encode({ topics: [{ name: 'a' }] }, 13), 13);
    expect(old).toEqual(recent);
  });

  it('refuses a value that the version cannot carry', () => {
    expect(() =>
      apis.JoinGroup.request.encode(
        {
          groupId: 'g',
          sessionTimeoutMs: 1,
          memberId: '',
          groupInstanceId: 'static',
          protocolType: 'consumer',
          protocols: [],
        },
        4,
      ),
    ).toThrow('groupInstanceId');
  });

  it('keeps every bit of a hash', () => {
    const hashed = message({
      name: 'Hashed',
      versions: [0, 0],
      flexible: 0,
      fields: { plain: bigint64, tagged: bigint64.tagged(0) },
    });
    const value = { plain: -0x7edc_ba98_7654_3211n, tagged: 2n ** 63n - 1n };
    expect(hashed.decode(hashed.encode(value, 0), 0)).toEqual(value);
    expect(hashed.encode({ plain: 1n, tagged: 0n }, 0)).toHaveLength(9);
    expect(hashed.decode(hashed.encode({ plain: 1n }, 0), 0)).toEqual({ plain: 1n, tagged: 0n });
  });

  it('stays at the end after a length that promises more than there is', () => {
    const frame = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
    const reader = new Reader(frame);
    apis.Metadata.request.read(reader, 1);
    expect(reader.failed).toBe(true);
    expect(reader.remaining()).toBe(0);
  });

  it('hands large records on without a copy', () => {
    const records = Buffer.alloc(100_000, 7);
    const writer = new Writer();
    apis.Produce.request.write(
      writer,
      {
        acks: 1,
        timeoutMs: 1,
        topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
      },
      9,
    );
    const chunks = writer.chunks() as Uint8Array[];
    expect(chunks.includes(records)).toBe(true);
    const decoded = apis.Produce.request.decode(Buffer.concat(chunks), 9);
    expect(decoded.topicData[0]!.partitionData[0]!.records!.equals(records)).toBe(true);
  });

  it('finds an API by its key', () => {
    expect(apiOf(11)).toBe(apis.JoinGroup);
    expect(apiOf(4)).toBeUndefined();
  });
});
