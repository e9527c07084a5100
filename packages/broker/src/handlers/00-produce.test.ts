import { batchCodec, codecs, computeBatchCrc, errors } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { askOnce, TestClient, valuesOf } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';

const MAGIC_AT = 16;
const RECORD_COUNT_AT = 57;

describe('Produce', () => {
  let node: TestNode;
  let client: TestClient;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
    await client.createTopic('t');
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  it.each([1, -1])('gives offsets with acks %i', async (acks) => {
    const topic = `acks-${acks}`;
    await client.createTopic(topic);
    const first = await client.produce(topic, ['a', 'b'], { acks });
    const second = await client.produce(topic, ['c'], { acks });
    expect(first).toMatchObject({ errorCode: 0, baseOffset: 0, logStartOffset: 0 });
    expect(second).toMatchObject({ errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 });
    expect(await client.values(topic)).toEqual(['a', 'b', 'c']);
  });

  it('does not answer acks 0', async () => {
    await client.createTopic('silent');
    const records = batchOf(['x']);
    const topicData = [{ name: 'silent', partitionData: [{ index: 0, records }] }];
    client.connection.sendOneWay('Produce', 9, { acks: 0, timeoutMs: 100, topicData });
    expect(await client.values('silent')).toEqual(['x']);
  });

  it('closes the connection where acks 0 fails', async () => {
    const { connection } = await TestClient.connect(node);
    const topicData = [{ name: 'nowhere', partitionData: [{ index: 0, records: batchOf(['x']) }] }];
    const closed = new Promise<void>((resolve) => {
      connection.onClose = resolve;
    });
    connection.sendOneWay('Produce', 9, { acks: 0, timeoutMs: 100, topicData });
    await closed;
  });

  it('finds topics by id', async () => {
    const topicId = await client.createTopic('by-id');
    const found = await client.produce('', ['x'], { version: 13, topicId });
    expect(found).toMatchObject({ errorCode: 0, baseOffset: 0 });
    const lost = await client.produce('', ['x'], {
      version: 13,
      topicId: 'AAAAAAAAAAAAAAAAAAAAEQ',
    });
    expect(lost).toMatchObject({ errorCode: errors.UNKNOWN_TOPIC_ID.code, baseOffset: -1 });
  });

  const wrongPlaces = [
    ['a topic that is not there', { topic: 'nowhere', index: 0 }],
    ['a partition that is not there', { topic: 't', index: 1 }],
    ['a negative partition', { topic: 't', index: -1 }],
    ['an absurd partition', { topic: 't', index: 0x7fffffff }],
  ] as const;
  it.each(wrongPlaces)('refuses %s, and creates none', async (_, { topic, index }) => {
    const answer = await client.produce(topic, ['x'], { index });
    expect(answer.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    expect(node.broker.metadata.image.topics.byName('nowhere')).toBeUndefined();
  });

  const wrongCrc = batchOf(['x']);
  wrongCrc[70]! ^= 1;
  const oldMagic = batchOf(['x']);
  oldMagic[MAGIC_AT] = 1;
  const wrongCount = batchOf(['x', 'y']);
  wrongCount.writeInt32BE(3, RECORD_COUNT_AT);
  wrongCount.writeUInt32BE(computeBatchCrc(wrongCount, 0), 17);
  const cut = batchOf(['x']).subarray(0, 65);
  const refusals: [string, Buffer | null, number][] = [
    ['no records', null, errors.INVALID_RECORD.code],
    ['empty records', Buffer.alloc(0), errors.INVALID_RECORD.code],
    ['two batches', Buffer.concat([batchOf(['x']), batchOf(['y'])]), errors.INVALID_RECORD.code],
    ['a wrong CRC', wrongCrc, errors.CORRUPT_MESSAGE.code],
    ['an old magic', oldMagic, errors.INVALID_RECORD.code],
    ['a wrong count', wrongCount, errors.INVALID_RECORD.code],
    ['a batch that is cut off', cut, errors.INVALID_RECORD.code],
    ['control records', batchOf(['x'], { control: true }), errors.INVALID_RECORD.code],
    [
      'transactions of nobody',
      batchOf(['x'], { transactional: true }),
      errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code,
    ],
    ['a large batch', batchOf(['x'.repeat(1_100_000)]), errors.MESSAGE_TOO_LARGE.code],
  ];
  it.each(refusals)('refuses %s', async (_, records, errorCode) => {
    const end = node.broker.partitions.get('t', 0)!.log.logEndOffset;
    expect(await client.produce('t', records)).toMatchObject({ errorCode, baseOffset: -1 });
    expect(node.broker.partitions.get('t', 0)!.log.logEndOffset).toBe(end);
  });

  it('says which acks there are', async () => {
    for (const acks of [7, -2]) {
      const { errorCode } = await client.produce('t', ['x'], { acks });
      expect(errorCode).toBe(errors.INVALID_REQUIRED_ACKS.code);
    }
  });

  it('answers for each partition', async () => {
    await client.createTopic('three', {}, 3);
    const reply = await client.send('Produce', 9, {
      acks: -1,
      timeoutMs: 100,
      topicData: [
        {
          name: 'three',
          partitionData: [0, 7, 2].map((index) => ({ index, records: batchOf(['x']) })),
        },
        { name: 'nowhere', partitionData: [{ index: 0, records: batchOf(['x']) }] },
      ],
    });
    const codes = reply.responses.map(({ name, partitionResponses }) => [
      name,
      ...partitionResponses.map(({ index, errorCode }) => [index, errorCode]),
    ]);
    const unknown = errors.UNKNOWN_TOPIC_OR_PARTITION.code;
    expect(codes).toEqual([
      ['three', [0, 0], [7, unknown], [2, 0]],
      ['nowhere', [0, unknown]],
    ]);
  });

  it('leaves internal topics to the administrative client', async () => {
    await client.send('FindCoordinator', 6, { coordinatorKeys: ['g'] });
    const refused = await client.produce('__consumer_offsets', ['x']);
    expect(refused.errorCode).toBe(errors.INVALID_TOPIC_EXCEPTION.code);
    const topicData = [
      { name: '__consumer_offsets', partitionData: [{ index: 0, records: batchOf(['x']) }] },
    ];
    const { responses } = await askOnce(node, 'Produce', {
      version: 9,
      body: { acks: 1, timeoutMs: 100, topicData },
      clientId: '__admin_client',
    });
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
  });

  it('stamps what the topic wants stamped', async () => {
    await client.createTopic('stamped', { 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now();
    const { logAppendTimeMs } = await client.produce('stamped', ['x']);
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
  });

  it('compresses anew where the topic has a codec of its own', async () => {
    await client.createTopic('zipped', { 'compression.type': 'gzip' });
    await client.produce('zipped', batchOf(['a', 'b'], { codec: codecs.lz4 }));
    const { records } = await client.fetch('zipped');
    expect(batchCodec(records as Buffer, 0)).toBe(codecs.gzip);
    expect(valuesOf(records as Buffer)).toEqual(['a', 'b']);
  });

  it('refuses records without keys in a compacted topic, and says which', async () => {
    await client.createTopic('compacted', { 'cleanup.policy': 'compact' });
    const { BatchBuilder } = await import('@tidelog/protocol');
    const builder = new BatchBuilder();
    builder.append(Date.now(), 'k', 'v');
    builder.append(Date.now(), null, 'v');
    const answer = await client.produce('compacted', builder.finish({}));
    expect(answer.errorCode).toBe(errors.INVALID_RECORD.code);
    expect(answer.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1]);
  });

  it('holds sequences: a repetition is answered as the first time, a gap is refused', async () => {
    await client.createTopic('idempotent');
    const batch = (baseSequence: number, producerEpoch = 0) =>
      batchOf(['a', 'b'], { producerId: 900, producerEpoch, baseSequence });
    expect(await client.produce('idempotent', batch(0))).toMatchObject({ baseOffset: 0 });
    expect(await client.produce('idempotent', batch(2))).toMatchObject({ baseOffset: 2 });
    expect(await client.produce('idempotent', batch(0))).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    });
    const gap = await client.produce('idempotent', batch(8));
    expect(gap.errorCode).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code);
    expect(await client.produce('idempotent', batch(0, 1))).toMatchObject({ baseOffset: 4 });
    const fenced = await client.produce('idempotent', batch(4));
    expect(fenced.errorCode).toBe(errors.INVALID_PRODUCER_EPOCH.code);
    expect(await client.values('idempotent')).toHaveLength(6);
  });

  it('asks for no more in-sync replicas than a topic has', async () => {
    await client.createTopic('alone', { 'min.insync.replicas': '2' });
    expect(await client.produce('alone', ['x'])).toMatchObject({ errorCode: 0 });
  });
});
