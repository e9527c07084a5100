import { MalformedMessageError } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { type GroupEvent, groupEventCodec, sizeUpperBound } from './events.ts';

/** Records of a `__consumer_offsets` that Apache Kafka 4.3.1 wrote: keys and values in hex. */
const written: readonly (readonly [what: string, key: string, value: string | null])[] = [
  [
    'a group that was just made',
    '00020009636c61737369632d67',
    '0003000000000000ffffffff000001a204eb5be800000000',
  ],
  [
    'a stable group of one consumer',
    '00020009636c61737369632d67',
    '00030008636f6e73756d657200000001000572616e67650035636f6e736f6c652d636f6e73756d65722d6363326130' +
      '3235382d613762322d343561612d613033372d323438623037623130333031000001a204eb5ca100000001003563' +
      '6f6e736f6c652d636f6e73756d65722d63633261303235382d613762322d343561612d613033372d323438623037' +
      '623130333031ffff0010636f6e736f6c652d636f6e73756d6572000a2f3132372e302e302e31000493e00000afc8' +
      '0000001800030000000100027431ffffffff00000000ffffffffffff0000001e0003000000010002743100000003' +
      '000000000000000100000002ffffffff',
  ],
  [
    'a group that became empty',
    '00020009636c61737369632d67',
    '00030008636f6e73756d657200000002ffffffff000001a204eb608300000000',
  ],
  [
    'an offset with the id of its topic',
    '00010009636c61737369632d670002743100000001',
    '000400000000000000640000000001000001a204eb5ff40100100caf181ad21d46949da9f9fedd9cde1b',
  ],
  ['a deleted offset', '00010009636c61737369632d670002743100000001', null],
  ['a deleted group', '00020009636c61737369632d67', null],
];

const hex = (text: string | null): Buffer | null =>
  text === null ? null : Buffer.from(text, 'hex');

describe('records of __consumer_offsets', () => {
  it.each(written)('are written as Apache Kafka writes them: %s', (_what, key, value) => {
    const event = groupEventCodec.decode(hex(key), hex(value))!;
    const encoded = groupEventCodec.encode(event);
    expect(encoded.key.toString('hex')).toBe(key);
    expect(encoded.value?.toString('hex') ?? null).toBe(value);
    const sizeBytes = (key.length + (value?.length ?? 0)) / 2;
    expect(sizeUpperBound(event)).toBeGreaterThan(sizeBytes);
  });

  it('say what they mean', () => {
    const [, key, value] = written[3]!;
    expect(groupEventCodec.decode(hex(key), hex(value))).toEqual({
      kind: 'offset',
      groupId: 'classic-g',
      topic: 't1',
      partition: 1,
      value: {
        offset: 100,
        leaderEpoch: 0,
        metadata: '',
        commitTimestamp: 1_795_378_864_116,
        expireTimestamp: -1,
        topicId: 'DK8YGtIdRpSdqfn-3ZzeGw',
      },
    });
  });

  it('with an expiry have the version that has one', () => {
    const event: GroupEvent = {
      kind: 'offset',
      groupId: 'g',
      topic: 't',
      partition: 0,
      value: {
        offset: 1,
        leaderEpoch: 5,
        metadata: 'm',
        commitTimestamp: 2,
        expireTimestamp: 3,
        topicId: 'DK8YGtIdRpSdqfn-3ZzeGw',
      },
    };
    const { key, value } = groupEventCodec.encode(event);
    expect(value?.toString('hex')).toBe(
      '0001000000000000000100016d00000000000000020000000000000003',
    );
    expect(groupEventCodec.decode(key, value)).toMatchObject({
      value: { offset: 1, leaderEpoch: -1, expireTimestamp: 3 },
    });
  });

  it('of the oldest keys and values are read', () => {
    const key = hex('000000016700017400000000');
    const value = hex('0000000000000000000700016d0000000000000001');
    expect(groupEventCodec.decode(key, value)).toMatchObject({
      kind: 'offset',
      groupId: 'g',
      topic: 't',
      value: { offset: 7, metadata: 'm', commitTimestamp: 1 },
    });
  });

  it('of all kinds of groups are read as what they are', () => {
    const key = hex('000300056e65772d67');
    const value = hex('00000000000201000811223344556677ff');
    const event = groupEventCodec.decode(key, value)!;
    expect(event).toEqual({
      kind: 'ConsumerGroupMetadata',
      key: { groupId: 'new-g' },
      value: { epoch: 2, metadataHash: 0x11223344556677ffn },
    });
    expect(groupEventCodec.encode(event)).toEqual({ key, value });
    expect(groupEventCodec.decode(key, null)).toMatchObject({ value: null });
    expect(groupEventCodec.decode(hex('001100056e65772d67'), null)).toMatchObject({
      kind: 'StreamsGroupMetadata',
    });
    expect(groupEventCodec.decode(Buffer.from([0, 99, 0, 1, 0x67]), Buffer.alloc(3))).toBeNull();
  });

  it('that are malformed are refused', () => {
    const [, key, value] = written[1]!;
    const decode = (k: Buffer | null, v: Buffer | null) => () => groupEventCodec.decode(k, v);
    expect(decode(null, null)).toThrow(MalformedMessageError);
    expect(decode(Buffer.from([0]), null)).toThrow(MalformedMessageError);
    expect(decode(hex(key)!.subarray(0, 6), null)).toThrow(MalformedMessageError);
    expect(decode(hex(key), hex(value)!.subarray(0, 60))).toThrow(MalformedMessageError);
    expect(decode(hex(key), Buffer.from([0, 9]))).toThrow(MalformedMessageError);
  });
});
