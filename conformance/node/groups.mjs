/** Consumer groups: how they divide, commit and resume, and how an admin sees them. */
import assert from 'node:assert/strict';
import { refused, until } from './checks.mjs';

/** @typedef {import('./checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function groupChecks(checks, cluster) {
  await checks.check('group of two', () => groupOfTwo(cluster));
  await checks.check('commit and resume', () => commitAndResume(cluster));
  await checks.check('list, describe, lag and delete groups', () => groups(cluster));
}

/** @param {{ value: string | null }[]} records @param {number} count */
function eachOnce(records, count) {
  const values = new Set(records.map((r) => r.value));
  assert.deepEqual([values.size, records.length], [count, count]);
}

/** @param {Cluster} cluster */
async function groupOfTwo(cluster) {
  const topic = await cluster.topic('two', 4);
  const group = cluster.name('two');
  await cluster.send(topic, cluster.numbered(0, 1000));
  const first = await cluster.member(group, topic);
  await until('the first has read all', () => first.records.length === 1000);
  await cluster.commit(topic, first);
  const second = await cluster.member(group, topic);
  await until('both have two partitions', () =>
    [first, second].every((m) => m.partitions.length === 2),
  );
  assert.deepEqual([...first.partitions, ...second.partitions].sort(), [0, 1, 2, 3]);
  await cluster.send(topic, cluster.numbered(1000, 1000));
  await until('all is read', () => first.records.length + second.records.length >= 2000);
  eachOnce([...first.records, ...second.records], 2000);
  await first.consumer.disconnect();
  await second.consumer.disconnect();
}

/** @param {Cluster} cluster */
async function commitAndResume(cluster) {
  const topic = await cluster.topic('resume', 2);
  const group = cluster.name('resume');
  /** @type {import('./cluster.mjs').Read[]} */
  const seen = [];
  for (const round of [0, 1]) {
    await cluster.send(topic, cluster.numbered(round * 200, 200));
    const member = await cluster.member(group, topic);
    await until('the round is read', () => member.records.length >= 200);
    await cluster.commit(topic, member);
    seen.push(...member.records);
    await member.consumer.disconnect();
  }
  eachOnce(seen, 400);
}

/** @param {Cluster} cluster */
async function groups(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('groups', 1);
  const group = cluster.name('groups');
  await cluster.send(topic, cluster.numbered(0, 100));
  const member = await cluster.member(group, topic);
  await until('all is read', () => member.records.length === 100);
  await cluster.commit(topic, member);
  await cluster.send(topic, cluster.numbered(100, 30));
  const listed = (await admin.listGroups()).groups;
  assert.ok(
    listed.some((/** @type {any} */ g) => g.groupId === group && g.protocolType === 'consumer'),
  );
  const state = async () => (await admin.describeGroups([group])).groups[0];
  assert.deepEqual([(await state()).state, (await state()).members.length], ['Stable', 1]);
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const [end] = await admin.fetchTopicOffsets(topic);
  assert.equal(Number(end.high) - Number(committed.partitions[0].offset), 30);
  await refused(() => admin.deleteGroups([group]), 'NON_EMPTY_GROUP').catch((error) => {
    // kafkajs reports the groups that it could not delete inside one error
    if (!JSON.stringify(error.cause?.groups ?? '').includes('NON_EMPTY_GROUP')) throw error;
  });
  await member.consumer.disconnect();
  await until('the group is empty', async () => (await state()).state === 'Empty');
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '5' }] });
  const [set] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  assert.equal(set.partitions[0].offset, '5');
  await admin.deleteGroups([group]);
  assert.ok(!(await admin.listGroups()).groups.some((/** @type {any} */ g) => g.groupId === group));
}
