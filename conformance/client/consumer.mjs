/** What our consumer promises. */
import assert from 'node:assert/strict';
import { createClient } from '@tidelog/client';
import { until } from '../node/checks.mjs';
import { numbered } from './cluster.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */
/** @typedef {import('@tidelog/client').ConsumerOptions} ConsumerOptions */
/** @typedef {'classic' | 'consumer'} Protocol */

/** @param {Checks} checks @param {Cluster} cluster */
export async function consumerChecks(checks, cluster) {
  for (const protocol of /** @type {const} */ (['classic', 'consumer'])) {
    /** @param {string} name @param {(cluster: Cluster, protocol: Protocol) => Promise<void>} run */
    const check = (name, run) =>
      checks.check(`consumer: ${name} (${protocol})`, () => run(cluster, protocol));
    await check('two members share partitions, and one takes over', sharing);
    await check('a static member that comes back keeps its partitions', staticMember);
    await check('a pattern finds topics that come later', pattern);
    await check('commits with a note and a leader epoch', commits);
    await check('runs by key at once, and loses nothing when members come and go', runs);
  }
  await checks.check('consumer: the assignor of the broker is chosen', () => assignor(cluster));
  await checks.check('consumer: read_committed gives what was committed', () => committed(cluster));
  await checks.check('consumer: starts where it is told to', () => starts(cluster));
  await checks.check('consumer: many topics in a session, of which one comes anew', () =>
    session(cluster),
  );
}

/** A member of a group that reads on in the background. */
class Member {
  /** @type {string[]} */
  values = [];
  /** @type {string[]} */
  changes = [];

  /** @param {Pick<Cluster, 'client'>} cluster @param {string | RegExp} topics @param {ConsumerOptions} options */
  constructor({ client }, topics, options) {
    /** @param {string} what @returns {(partitions: readonly { partition: number }[]) => void} */
    const note = (what) => (partitions) => {
      for (const { partition } of partitions) this.changes.push(`${what} ${partition}`);
    };
    this.consumer = client.consumer({
      autoOffsetReset: 'earliest',
      rebalanceListener: {
        onAssigned: note('assigned'),
        onRevoked: note('revoked'),
        onLost: note('lost'),
      },
      ...options,
    });
    this.consumer.subscribe(topics);
    this.done = this.#read();
  }

  async #read() {
    for await (const message of this.consumer) this.values.push(String(message.value));
  }

  get partitions() {
    return this.consumer.assignment().map(({ partition }) => partition);
  }

  async close() {
    await this.consumer.close();
    await this.done;
  }
}

/** @param {Cluster} cluster @param {string} topic @param {number} first @param {number} count */
async function produce(cluster, topic, first, count, partitions = 1) {
  const producer = cluster.client.producer();
  await producer.sendAll(
    numbered(first, count).map((message, i) => ({ topic, partition: i % partitions, ...message })),
  );
  await producer.close();
}

/** @param {Cluster} cluster @param {Protocol} groupProtocol */
async function sharing(cluster, groupProtocol) {
  const topic = await cluster.topic(`shared-${groupProtocol}`, 4);
  const options = { groupId: cluster.name(`sharing-${groupProtocol}`), groupProtocol };
  const one = new Member(cluster, topic, options);
  await until('one member has all', () => one.partitions.length === 4);
  await produce(cluster, topic, 0, 100, 4);
  await until('all is read', () => one.values.length === 100);
  const two = new Member(cluster, topic, options);
  await until('both have half', () => one.partitions.length === 2 && two.partitions.length === 2);
  await produce(cluster, topic, 100, 100, 4);
  await until('both read', () => one.values.length === 150 && two.values.length === 50);
  await one.close();
  await until('the other takes over', () => two.partitions.length === 4);
  await produce(cluster, topic, 200, 100, 4);
  await until('all is read', () => two.values.length === 150);
  await two.close();
  const all = [...one.values, ...two.values];
  assert.equal(new Set(all).size, 300, 'each message is read once');
  assert.ok(![...one.changes, ...two.changes].some((change) => change.startsWith('lost')));
}

/** @param {Cluster} cluster @param {Protocol} groupProtocol */
async function staticMember(cluster, groupProtocol) {
  const topic = await cluster.topic(`static-${groupProtocol}`, 2);
  const groupId = cluster.name(`static-${groupProtocol}`);
  /** @param {string} groupInstanceId */
  const start = (groupInstanceId) =>
    new Member(cluster, topic, { groupId, groupProtocol, groupInstanceId });
  const one = start('one');
  const two = start('two');
  await until('both have one', () => one.partitions.length === 1 && two.partitions.length === 1);
  const before = two.partitions;
  const changes = one.changes.length;
  await two.close();
  const back = start('two');
  await until('it is back', () => back.partitions.length === 1);
  assert.deepEqual(back.partitions, before);
  assert.equal(one.changes.length, changes, 'the other has seen no rebalance');
  await Promise.all([one.close(), back.close()]);
}

/** @param {Cluster} cluster @param {Protocol} groupProtocol */
async function pattern(cluster, groupProtocol) {
  const base = `pattern-${groupProtocol}`;
  const first = await cluster.topic(`${base}-a`);
  await cluster.topic(`other-${base}`);
  const groupId = cluster.name(base);
  const client = createClient({ bootstrapServers: cluster.bootstrap, metadataMaxAgeMs: 1000 });
  const options = { groupId, groupProtocol };
  const member = new Member({ client }, new RegExp(`^${cluster.name(base)}-`), options);
  const topics = () => member.consumer.assignment().map(({ topic }) => topic);
  await until('the topic is found', () => topics().length === 1);
  assert.deepEqual(topics(), [first]);
  const second = await cluster.topic(`${base}-b`);
  await until('the new topic is found', () => topics().length === 2);
  assert.deepEqual(topics().toSorted(), [first, second]);
  await member.close();
  await client.close();
}

/** @param {Cluster} cluster @param {Protocol} groupProtocol */
async function commits(cluster, groupProtocol) {
  const topic = await cluster.topic(`commits-${groupProtocol}`);
  await produce(cluster, topic, 0, 10);
  const options = { groupId: cluster.name(`commits-${groupProtocol}`), groupProtocol };
  const consumer = cluster.client.consumer({
    ...options,
    autoCommit: false,
    autoOffsetReset: 'earliest',
  });
  consumer.subscribe(topic);
  const messages = consumer.messages();
  for (let i = 0; i < 3; i++) await messages.next();
  const place = { topic, partition: 0 };
  const { groupId, generationId, memberId } = consumer.groupMetadata();
  assert.equal(groupId, options.groupId);
  assert.ok(generationId > 0 && memberId !== '');
  await consumer.commit([{ ...place, offset: 5, leaderEpoch: 0, metadata: 'half way' }]);
  assert.deepEqual(await consumer.committed([place]), [
    { ...place, offset: 5, leaderEpoch: 0, metadata: 'half way' },
  ]);
  await consumer.close();
  const next = new Member(cluster, topic, options);
  await until('the rest is read', () => next.values.length === 5);
  assert.equal(next.values[0], 'value-5');
  await next.close();
}

/** @param {Cluster} cluster */
async function assignor(cluster) {
  const topic = await cluster.topic('assignor', 2);
  const options = {
    groupId: cluster.name('assignor'),
    groupProtocol: /** @type {const} */ ('consumer'),
  };
  const member = new Member(cluster, topic, { ...options, groupRemoteAssignor: 'range' });
  await until('it has all', () => member.partitions.length === 2);
  await member.close();
  const refused = new Member(cluster, topic, { ...options, groupRemoteAssignor: 'nope' });
  await assert.rejects(refused.done, { code: 'UNSUPPORTED_ASSIGNOR' });
  await refused.consumer.close();
}

/**
 * Three members run one after another, and two of them at once for a while: each key stays in order, and
 * nothing that was not done is passed over.
 * @param {Cluster} cluster @param {Protocol} groupProtocol
 */
async function runs(cluster, groupProtocol) {
  const topic = await cluster.topic(`runs-${groupProtocol}`, 4);
  await produce(cluster, topic, 0, 2000, 4);
  /** @type {Map<string, string[]>} */
  const done = new Map();
  let inWork = 0;
  let most = 0;
  /** @param {import('@tidelog/client').ConsumedMessage} message */
  const onMessage = async (message) => {
    most = Math.max(most, ++inWork);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const key = String(message.key);
    done.set(key, [...(done.get(key) ?? []), String(message.value)]);
    inWork--;
  };
  const count = () => new Set([...done.values()].flat()).size;
  const start = () => {
    const consumer = cluster.client.consumer({
      groupId: cluster.name(`runs-${groupProtocol}`),
      groupProtocol,
      autoOffsetReset: 'earliest',
    });
    consumer.subscribe(topic);
    return { consumer, done: consumer.run({ concurrency: 8, orderBy: 'key', onMessage }) };
  };
  const one = start();
  await until('one works', () => count() > 200);
  const two = start();
  await until('two work', () => two.consumer.assignment().length === 2 || count() === 2000);
  await one.consumer.close();
  await one.done;
  await until('all is done', () => count() === 2000);
  await two.consumer.close();
  await two.done;
  assert.ok(most > 1 && most <= 16, `${most} were in work at once`);
  const committed = await cluster.client
    .consumer({ groupId: cluster.name(`runs-${groupProtocol}`) })
    .committed([0, 1, 2, 3].map((partition) => ({ topic, partition })));
  assert.deepEqual(
    committed.map(({ offset }) => offset),
    [500, 500, 500, 500],
  );
  for (const [key, values] of done) {
    const numbers = values.map((value) => Number(value.split('-')[1]));
    const firsts = [...new Set(numbers)];
    assert.deepEqual(
      firsts,
      firsts.toSorted((a, b) => a - b),
      `${key} is in order`,
    );
  }
}

/** @param {Cluster} cluster */
async function committed(cluster) {
  const topic = await cluster.topic('committed');
  const producer = cluster.client.producer({ transactionalId: cluster.name('committed') });
  const other = cluster.client.producer();
  /** @param {string} value */
  const message = (value) => ({ topic, value });
  await producer.transaction((tx) => tx.send(message('a')));
  await assert.rejects(
    producer.transaction(async (tx) => {
      await tx.send(message('aborted'));
      await other.send(message('between'));
      throw new Error('no');
    }),
  );
  await producer.transaction((tx) => tx.send(message('b')));
  const consumer = cluster.client.consumer({
    isolationLevel: 'read_committed',
    autoOffsetReset: 'earliest',
  });
  const place = { topic, partition: 0 };
  consumer.assign([place]);
  const messages = consumer.messages();
  const next = async () => String((await messages.next()).value?.value);
  assert.deepEqual([await next(), await next(), await next()], ['a', 'between', 'b']);
  await producer.transaction(async (tx) => {
    await tx.send(message('open'));
    await other.send(message('after'));
    const [stable] = await consumer.endOffsets([place]);
    const all = await cluster.client.consumer().endOffsets([place]);
    assert.equal(
      (all[0]?.offset ?? 0) - (stable?.offset ?? 0),
      2,
      'it ends before the transaction',
    );
  });
  assert.deepEqual([await next(), await next()], ['open', 'after']);
  await Promise.all([consumer.close(), producer.close(), other.close()]);
}

/** @param {Cluster} cluster */
async function starts(cluster) {
  const topic = await cluster.topic('starts');
  const producer = cluster.client.producer();
  const now = Date.now();
  const ages = [7_200_000, 3_000_000, 60_000];
  for (const age of ages) await producer.send({ topic, value: `${age}`, timestamp: now - age });
  await producer.close();
  const place = { topic, partition: 0 };
  /** @param {ConsumerOptions['autoOffsetReset']} autoOffsetReset */
  const first = async (autoOffsetReset) => {
    const [message] = await cluster.read(topic, 1, { autoOffsetReset });
    return Number(message?.value);
  };
  assert.equal(await first('earliest'), 7_200_000);
  assert.equal(await first('by_duration:PT1H'), 3_000_000);
  assert.equal(await first({ timestamp: now - 100_000 }), 60_000);
  const consumer = cluster.client.consumer({ autoOffsetReset: 'none' });
  const [found] = await consumer.offsetsForTimes([{ ...place, timestamp: now - 3_000_000 }]);
  assert.deepEqual([found?.offset, found?.timestamp], [1, now - 3_000_000]);
  assert.deepEqual(await consumer.offsetsForTimes([{ ...place, timestamp: now + 1000 }]), []);
  const ends = [await consumer.beginningOffsets([place]), await consumer.endOffsets([place])];
  assert.deepEqual(
    ends.flat().map(({ offset }) => offset),
    [0, 3],
  );
  consumer.assign([place]);
  const messages = consumer.messages();
  await assert.rejects(messages.next(), { code: 'NO_OFFSET' });
  consumer.seek(place, 99);
  await assert.rejects(messages.next(), { code: 'OFFSET_OUT_OF_RANGE' });
  consumer.seek(place, { durationMs: 100_000 });
  assert.equal(String((await messages.next()).value?.value), '60000');
  await consumer.close();
}

/** @param {Cluster} cluster */
async function session(cluster) {
  const topics = [];
  for (let i = 0; i < 3; i++) topics.push(await cluster.topic(`session-${i}`));
  const consumer = cluster.client.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign(topics.map((topic) => ({ topic, partition: 0 })));
  const messages = consumer.messages();
  const next = async () => (await messages.next()).value;
  const producer = cluster.client.producer();
  for (let i = 0; i < 30; i++) {
    const topic = topics[i % 3] ?? '';
    await producer.send({ topic, value: `${i}` });
    const message = await next();
    assert.deepEqual([message?.topic, String(message?.value)], [topic, `${i}`]);
  }
  const again = topics[1] ?? '';
  await cluster.admin.deleteTopics([again]);
  // Brokers with ZooKeeper delete after they have answered.
  await until('the name is free again', () =>
    cluster.topic('session-1').then(
      () => true,
      ({ code }) => {
        assert.equal(code, 'TOPIC_ALREADY_EXISTS');
        return false;
      },
    ),
  );
  await producer.close();
  const other = cluster.client.producer();
  await other.send({ topic: again, value: 'anew' });
  const message = await next();
  assert.deepEqual([message?.topic, String(message?.value), message?.offset], [again, 'anew', 0]);
  await Promise.all([consumer.close(), other.close()]);
}
