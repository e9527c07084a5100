import { errors } from '@tidelog/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient, valuesOf } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';
import { type Acks, initialize, Member } from '../share/member.test-client.ts';

const [ACCEPT, RELEASE, REJECT, RENEW] = [1, 2, 3, 4];

describe('share fetch and acknowledge', () => {
  let node: TestNode;
  let client: TestClient;
  let topic: string;
  let topicId: string;
  let group: string;
  let round = 0;

  const join = (memberId: string) => Member.join(node, group, memberId, topicId);
  const produce = (from: number, count: number) =>
    client.produce(
      topic,
      Array.from({ length: count }, (_, i) => String(from + i)),
    );
  const setGroup = (name: string, value: string) =>
    client.send('IncrementalAlterConfigs', 1, {
      resources: [
        {
          resourceType: 32,
          resourceName: group,
          configs: [{ name, configOperation: 0, value }],
        },
      ],
      validateOnly: false,
    });

  beforeAll(async () => {
    node = await TestNode.start({
      'share.coordinator.state.topic.num.partitions': '3',
      'group.share.max.share.sessions': '200',
      'group.share.max.size': '100',
      'group.share.record.lock.duration.ms': '1000',
      'group.share.min.record.lock.duration.ms': '1000',
    });
    client = await TestClient.connect(node);
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  beforeEach(async () => {
    topic = `topic-${++round}`;
    group = `group-${round}`;
    topicId = await client.createTopic(topic);
    await setGroup('share.auto.offset.reset', 'earliest');
    await initialize(node, group, topicId);
  });

  it('gives records to one member, and the rest to another', async () => {
    await produce(0, 5);
    await produce(5, 5);
    const [a, b] = [await join('a'), await join('b')];
    const reply = await a.send({ maxRecords: 5 });
    const { records, acquiredRecords } = reply.responses[0]!.partitions[0]!;
    expect(valuesOf(records)).toEqual(['0', '1', '2', '3', '4']);
    expect(acquiredRecords).toEqual([{ firstOffset: 0, lastOffset: 4, deliveryCount: 1 }]);
    expect(reply.acquisitionLockTimeoutMs).toBe(1000);
    expect(await b.fetch()).toBe('5-9*1');
    expect(await b.acknowledge([[0, 4, ACCEPT]])).toBe(errors.INVALID_RECORD_STATE.code);
    expect(await a.acknowledge([[0, 4, ACCEPT]])).toBe(0);
    expect(await b.acknowledge([[5, 9, ACCEPT, RELEASE, REJECT, 0, ACCEPT]])).toBe(0);
    expect(await a.fetch()).toBe('6-6*2');
  });

  it('acknowledges along with a fetch', async () => {
    await produce(0, 3);
    const a = await join('a');
    expect(await a.fetch()).toBe('0-2*1');
    expect(await a.fetch({}, [[0, 2, ACCEPT, ACCEPT, RELEASE]])).toBe('2-2*2');
    const late = await a.send({ maxWaitMs: 0 }, [[0, 2, ACCEPT]]);
    expect(late.responses[0]!.partitions[0]).toMatchObject({ acknowledgeErrorCode: 0 });
    await produce(3, 1);
    expect(await a.fetch()).toBe('3-3*1');
    const wrong = await a.send({ maxWaitMs: 0 }, [[2, 9, ACCEPT]]);
    expect(wrong.responses[0]!.partitions[0]).toMatchObject({
      errorCode: 0,
      acknowledgeErrorCode: errors.INVALID_REQUEST.code,
    });
  });

  it('waits for records, and for locks that end', async () => {
    const [a, b] = [await join('a'), await join('b')];
    const waiting = a.fetch({ maxWaitMs: 9000 });
    await b.fetch({ maxWaitMs: 0 });
    await produce(0, 2);
    expect(await waiting).toBe('0-1*1');
    expect(await b.fetch({ maxWaitMs: 9000 })).toBe('0-1*2');
  });

  it('answers with the first partition whose state is loaded, as Kafka does', async () => {
    const wide = `${topic}-wide`;
    const id = await client.createTopic(wide, {}, 2);
    await initialize(node, group, id, 2);
    for (const index of [0, 1]) await client.produce(wide, ['a', 'b'], { index });
    const member = await Member.join(node, group, 'a', id);
    const partitions = [0, 1].map((partitionIndex) => ({
      partitionIndex,
      acknowledgementBatches: [],
    }));
    const first = await member.send({ topics: [{ topicId: id, partitions }] });
    const second = await member.send();
    const given = [first, second].map(({ responses }) =>
      responses.flatMap((answer) =>
        answer.partitions.flatMap(({ partitionIndex, acquiredRecords }) =>
          acquiredRecords.length > 0 ? [partitionIndex] : [],
        ),
      ),
    );
    expect(given.map((indexes) => indexes.length)).toEqual([1, 1]);
    expect(given.flat().toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  it('waits for minBytes, but no longer than it may', async () => {
    const a = await join('a');
    await produce(0, 1);
    expect(await a.fetch({ minBytes: 1 << 20, maxWaitMs: 30 })).toBe('0-0*1');
    await produce(1, 1);
    const waiting = a.fetch({ minBytes: 100_000, maxWaitMs: 9000 });
    await client.produce(topic, ['x'.repeat(100_000)]);
    expect(await waiting).toBe('1-2*1');
    expect(await a.fetch({ maxWaitMs: 5 })).toBe('');
  });

  it('gives back what a member held whose connection is gone', async () => {
    await produce(0, 4);
    const [a, b] = [await join('a'), await join('b')];
    expect(await a.fetch()).toBe('0-3*1');
    const waiting = b.fetch({ maxWaitMs: 900 });
    a.leave();
    expect(await waiting).toBe('0-3*2');
    expect(node.broker.sharing.sessions.find(group, 'a')).toBeUndefined();
  });

  it('ends a session when the member says so', async () => {
    await produce(0, 4);
    const [a, b] = [await join('a'), await join('b')];
    await a.fetch();
    expect(await a.acknowledge([[0, 1, ACCEPT]], { shareSessionEpoch: -1 })).toBe(0);
    expect(await b.fetch()).toBe('2-3*2');
    expect((await b.send({ shareSessionEpoch: -1, topics: [] })).errorCode).toBe(0);
    expect(node.broker.sharing.partitions.find(group, topicId, 0)).toBeUndefined();
    expect(await a.fetch({ shareSessionEpoch: 0 })).toBe('2-3*3');
    expect(await a.acknowledge([], { shareSessionEpoch: -1 })).toBe(0);
    expect(await a.acknowledge([], { shareSessionEpoch: -1 })).toBe(
      errors.SHARE_SESSION_NOT_FOUND.code,
    );
  });

  it('renews locks without fetching', async () => {
    await produce(0, 2);
    const [a, b] = [await join('a'), await join('b')];
    await a.fetch();
    const quiet = { isRenewAck: true, maxWaitMs: 0, minBytes: 0, maxBytes: 0, maxRecords: 0 };
    expect(await a.fetch({ ...quiet, maxRecords: 1 }, [[0, 1, RENEW]])).toBe(
      `error ${errors.INVALID_REQUEST.code}`,
    );
    expect(await a.fetch(quiet, [[0, 1, RENEW]])).toBe('');
    expect(await a.acknowledge([[0, 1, RENEW]], { isRenewAck: true })).toBe(0);
    expect(await a.acknowledge([[0, 1, RENEW]])).toBe(errors.INVALID_REQUEST.code);
    expect(await b.fetch({ maxWaitMs: 0 })).toBe('');
    const old = await a.send({ maxWaitMs: 0 }, [[0, 1, RENEW]], 1);
    expect(old.responses[0]!.partitions[0]!.acknowledgeErrorCode).toBe(errors.INVALID_REQUEST.code);
    await setGroup('share.renew.acknowledge.enable', 'false');
    expect(await a.acknowledge([[0, 1, RENEW]], { isRenewAck: true })).toBe(
      errors.INVALID_RECORD_STATE.code,
    );
  });

  it('gives no more than wanted in record limit mode', async () => {
    await produce(0, 10);
    const a = await join('a');
    expect(await a.fetch({ maxRecords: 3, shareAcquireMode: 1 })).toBe('0-2*1');
    expect(await a.fetch({ maxRecords: 3, shareAcquireMode: 1 })).toBe('3-5*1');
    expect(await a.fetch({ shareAcquireMode: 2 })).toBe(`error ${errors.INVALID_REQUEST.code}`);
  });

  it('begins where the group says', async () => {
    await produce(0, 3);
    await setGroup('share.auto.offset.reset', 'latest');
    const a = await join('a');
    const waiting = a.fetch({ maxWaitMs: 9000 });
    await expect
      .poll(() => node.broker.sharing.partitions.find(group, topicId, 0)?.nextFetchOffset())
      .toBe(3);
    await produce(3, 1);
    expect(await waiting).toBe('3-3*1');
    group += '-by-duration';
    await initialize(node, group, topicId);
    await setGroup('share.auto.offset.reset', 'by_duration:PT1H');
    expect(await (await join('b')).fetch()).toBe('0-3*1');
  });

  it('goes on behind records that were deleted', async () => {
    await produce(0, 5);
    await produce(5, 5);
    const a = await join('a');
    expect(await a.fetch({ maxRecords: 5 })).toBe('0-4*1');
    await a.acknowledge([[0, 4, RELEASE]]);
    await client.send('DeleteRecords', 2, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 5 }] }],
      timeoutMs: 1000,
    });
    expect(await a.fetch()).toBe('5-9*1');
    expect(await a.acknowledge([[0, 4, ACCEPT]])).toBe(0);
  });

  it('lets go of a topic that is deleted', async () => {
    await produce(0, 1);
    const a = await join('a');
    await a.fetch();
    const waiting = a.send({ maxWaitMs: 9000 });
    await client.send('DeleteTopics', 6, { topics: [{ topicId, name: null }], timeoutMs: 1000 });
    const { responses } = await waiting;
    expect(responses[0]!.partitions[0]!.errorCode).not.toBe(0);
    expect(await a.fetch({ maxWaitMs: 0 })).toBe(`error ${errors.UNKNOWN_TOPIC_ID.code}`);
    expect(await a.acknowledge([[0, 0, ACCEPT]])).toBe(errors.UNKNOWN_TOPIC_ID.code);
  });

  it('keeps what was done over a restart', async () => {
    const records = Array.from({ length: 6 }, (_, i) => batchOf([String(i)]));
    for (const batch of records) await client.produce(topic, batch);
    const a = await join('a');
    expect(await a.fetch()).toBe('0-5*1');
    await a.acknowledge([
      [0, 0, ACCEPT],
      [2, 2, REJECT],
      [4, 4, RELEASE],
    ]);
    await node.stop();
    await node.start();
    client = await TestClient.connect(node);
    const b = await join('b');
    expect(await b.fetch()).toBe('1-1*2 3-5*2');
    expect(await b.acknowledge([[1, 5, ACCEPT, 0, ACCEPT, ACCEPT, ACCEPT]])).toBe(
      errors.INVALID_RECORD_STATE.code,
    );
    expect(
      await b.acknowledge([
        [1, 1, ACCEPT],
        [3, 5, ACCEPT],
      ]),
    ).toBe(0);
    await produce(6, 1);
    expect(await b.fetch()).toBe('6-6*1');
  });

  describe('a request that is wrong', () => {
    const invalid = errors.INVALID_REQUEST.code;
    const wrongAcks: [string, Acks, number][] = [
      ['backwards', [[3, 1, ACCEPT]], invalid],
      [
        'unsorted',
        [
          [2, 3, ACCEPT],
          [0, 1, ACCEPT],
        ],
        invalid,
      ],
      [
        'overlapping',
        [
          [0, 2, ACCEPT],
          [1, 3, ACCEPT],
        ],
        invalid,
      ],
      ['without types', [[0, 3]], invalid],
      ['with too few types', [[0, 3, ACCEPT, ACCEPT]], invalid],
      ['with an unknown type', [[0, 3, 5]], invalid],
      ['with a negative type', [[0, 3, -1]], invalid],
      ['beyond what is held', [[0, 4, ACCEPT]], invalid],
      [
        'twice for one record',
        [
          [0, 2, ACCEPT],
          [2, 3, ACCEPT],
        ],
        errors.INVALID_RECORD_STATE.code,
      ],
    ];
    it.each(wrongAcks)('has acknowledgements %s', async (_, acks, code) => {
      await produce(0, 4);
      const a = await join('a');
      await a.fetch();
      expect(await a.acknowledge(acks)).toBe(code);
      expect(await a.acknowledge([[0, 3, ACCEPT]])).toBe(0);
    });

    it('has a wrong session epoch, and changes nothing', async () => {
      const a = await join('a');
      const wrongEpoch = `error ${errors.INVALID_SHARE_SESSION_EPOCH.code}`;
      const noSession = `error ${errors.SHARE_SESSION_NOT_FOUND.code}`;
      expect(await a.fetch({ shareSessionEpoch: 1 })).toBe(noSession);
      expect(await a.fetch({ shareSessionEpoch: -1 })).toBe(noSession);
      await a.fetch({ maxWaitMs: 0 });
      expect(await a.fetch({ shareSessionEpoch: 2 })).toBe(wrongEpoch);
      expect(await a.acknowledge([], { shareSessionEpoch: 0 })).toBe(
        errors.INVALID_SHARE_SESSION_EPOCH.code,
      );
      a.epoch = 1;
      expect(await a.acknowledge([], { shareSessionEpoch: 5 })).toBe(
        errors.INVALID_SHARE_SESSION_EPOCH.code,
      );
      expect(await a.fetch({ shareSessionEpoch: 1, maxWaitMs: 0 })).toBe('');
      expect(await a.fetch({ shareSessionEpoch: 0 }, [[0, 0, ACCEPT]])).toBe(`error ${invalid}`);
    });

    it('has no name to it', async () => {
      const a = await join('a');
      for (const names of [
        { groupId: null },
        { memberId: null },
        { memberId: '' },
        { memberId: 'x'.repeat(37) },
      ]) {
        expect(await a.fetch(names)).toBe(`error ${invalid}`);
        expect(await a.acknowledge([], names)).toBe(invalid);
      }
    });

    it('asks for partitions that are not there', async () => {
      const a = await join('a');
      const topics = [{ topicId, partitions: [{ partitionIndex: 7, acknowledgementBatches: [] }] }];
      expect(await a.fetch({ topics })).toBe(`error ${errors.UNKNOWN_TOPIC_OR_PARTITION.code}`);
      expect(await a.acknowledge([[0, 0, ACCEPT]])).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    });
  });
});

it('keeps as many sessions as it may', async () => {
  const node = await TestNode.start({
    'group.share.max.share.sessions': '1',
    'group.share.max.size': '1',
    'share.coordinator.state.topic.num.partitions': '1',
  });
  const client = await TestClient.connect(node);
  const topicId = await client.createTopic('t');
  await initialize(node, 'g', topicId);
  const a = await Member.join(node, 'g', 'a', topicId);
  const b = await Member.join(node, 'g', 'b', topicId);
  await a.fetch({ maxWaitMs: 0 });
  const limited = `error ${errors.SHARE_SESSION_LIMIT_REACHED.code}`;
  expect(await b.fetch({ maxWaitMs: 1 })).toBe(limited);
  expect(await a.fetch({ shareSessionEpoch: 0, maxWaitMs: 0 })).toBe('');
  a.leave();
  await expect.poll(() => node.broker.sharing.sessions.size).toBe(0);
  expect(await b.fetch({ maxWaitMs: 0 })).toBe('');
  await client.send('UpdateFeatures', 1, {
    timeoutMs: 1000,
    featureUpdates: [{ feature: 'share.version', maxVersionLevel: 0, upgradeType: 2 }],
  });
  expect(await b.fetch()).toBe(`error ${errors.UNSUPPORTED_VERSION.code}`);
  expect(await b.acknowledge([])).toBe(errors.UNSUPPORTED_VERSION.code);
  expect(node.faults).toEqual([]);
  await node.dispose();
});
