/** What our admin can do with groups of every type. */
import assert from 'node:assert/strict';
import { fails, numbered } from './cluster.mjs';

/** @typedef {import('./cluster.mjs').Cluster} Cluster */
/** @typedef {(name: string, body: (cluster: Cluster) => Promise<void>) => Promise<void>} Check */

/** @param {Check} check */
export async function adminGroupChecks(check) {
  await check('groups with members', members);
  await check('groups by their type', types);
  await check('offsets of groups', offsets);
  await check('remove members', removal);
  await check('share groups', shareGroups);
  await check('groups that are not there', unknown);
}

/** @param {Cluster} cluster @param {string} groupId @param {string} topic */
async function join(cluster, groupId, topic) {
  const consumer = cluster.client.consumer({ groupId, autoOffsetReset: 'earliest' });
  consumer.subscribe(topic);
  const messages = consumer.messages({ signal: AbortSignal.timeout(30_000) });
  const { done } = await messages.next();
  assert.ok(!done, 'a message came');
  return consumer;
}

/** @param {Cluster} cluster */
async function members(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-members', 2);
  const groupId = cluster.name('admin-members');
  const producer = cluster.client.producer();
  await producer.sendAll(numbered(0, 20).map((message) => ({ topic, ...message })));
  await producer.close();
  const consumer = await join(cluster, groupId, topic);
  const [group] = await admin.describeGroups([groupId], { includeAuthorizedOperations: true });
  assert.deepEqual([group.type, group.state, group.assignor], ['Classic', 'Stable', 'range']);
  assert.deepEqual([group.coordinator, group.members.length], [1, 1]);
  assert.ok(group.authorizedOperations.includes('read'));
  const [member] = group.members;
  assert.deepEqual([member.subscribedTopics, member.assignment.length], [[topic], 2]);
  const listed = async (/** @type {any} */ options) =>
    (await admin.listGroups(options)).map(({ groupId }) => groupId).includes(groupId);
  assert.ok(await listed({ states: ['Stable'], types: ['Classic'], protocolTypes: ['consumer'] }));
  assert.ok(!(await listed({ states: ['Empty'] })));
  assert.ok(!(await listed({ protocolTypes: ['connect'] })));
  await fails(() => admin.deleteGroups([groupId]), 'NON_EMPTY_GROUP');
  await consumer.close();
  await admin.deleteGroups([groupId]);
  assert.ok(!(await listed({})));
}

/** @param {Cluster} cluster */
async function types(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-types');
  const groupId = cluster.name('admin-types');
  await admin.alterGroupOffsets(groupId, [{ topic, partition: 0, offset: 0 }]);
  const [group] = await admin.listGroups({ types: ['Classic'], states: ['Empty'] });
  assert.equal(group.type, 'Classic');
  const others = await admin.listGroups({ types: ['Consumer', 'Streams'] });
  assert.ok(!others.some((other) => other.groupId === groupId));
}

/** @param {Cluster} cluster */
async function offsets(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-group-offsets', 3);
  const [one, two] = [cluster.name('admin-offsets-1'), cluster.name('admin-offsets-2')];
  await admin.alterGroupOffsets(one, [
    { topic, partition: 0, offset: 3, metadata: 'note', leaderEpoch: 0 },
    { topic, partition: 2, offset: 5 },
  ]);
  await admin.alterGroupOffsets(two, [{ topic, partition: 1, offset: 7 }]);
  assert.deepEqual(
    (await admin.listGroupOffsets(one)).map(({ partition, offset, metadata, leaderEpoch }) => [
      partition,
      offset,
      metadata,
      leaderEpoch,
    ]),
    [
      [0, 3, 'note', 0],
      [2, 5, '', -1],
    ],
  );
  const partitions = [{ topic, partition: 2 }];
  const groups = [{ groupId: one, partitions }, { groupId: two }];
  const found = await admin.listOffsetsOfGroups(groups, { requireStable: true });
  assert.deepEqual(
    found.map(({ groupId, offsets }) => [groupId, offsets.map(({ offset }) => offset)]),
    [
      [one, [5]],
      [two, [7]],
    ],
  );
  await admin.deleteGroupOffsets(one, partitions);
  assert.deepEqual((await admin.listGroupOffsets(one)).length, 1);
  await fails(
    () => admin.deleteGroupOffsets(cluster.name('none'), partitions),
    'GROUP_ID_NOT_FOUND',
  );
  await admin.deleteGroups([one, two]);
}

/** @param {Cluster} cluster */
async function removal(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-removal');
  const groupId = cluster.name('admin-removal');
  const producer = cluster.client.producer();
  await producer.send({ topic, value: 'v' });
  await producer.close();
  const consumer = await join(cluster, groupId, topic);
  const stranger = [{ groupInstanceId: 'nobody' }];
  await fails(() => admin.removeMembers(groupId, { members: stranger }), 'UNKNOWN_MEMBER_ID');
  await admin.removeMembers(groupId, { reason: 'a check' });
  const [group] = await admin.describeGroups([groupId]);
  assert.deepEqual([group.state, group.members.length], ['Empty', 0]);
  await consumer.close();
}

/** @param {Cluster} cluster */
async function shareGroups(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-share');
  const groupId = cluster.name('admin-share');
  const place = { topic, partition: 0 };
  await admin.alterShareGroupOffsets(groupId, [{ ...place, startOffset: 0 }]);
  const [group] = await admin.describeShareGroups([groupId], { includeAuthorizedOperations: true });
  assert.deepEqual([group.groupId, group.state, group.coordinator], [groupId, 'Empty', 1]);
  assert.ok(group.authorizedOperations.includes('describe'));
  const [{ offsets }] = await admin.listShareGroupOffsets([{ groupId }]);
  assert.deepEqual([offsets.length, offsets[0].startOffset], [1, 0]);
  await admin.deleteShareGroupOffsets(groupId, [topic]);
  const [after] = await admin.listShareGroupOffsets([{ groupId, partitions: [place] }]);
  assert.deepEqual(after.offsets, []);
  await admin.deleteGroups([groupId]);
  const none = cluster.name('none');
  await fails(() => admin.describeShareGroups([none]), 'GROUP_ID_NOT_FOUND');
  await fails(() => admin.describeStreamsGroups([none]), 'GROUP_ID_NOT_FOUND');
  assert.ok(!(await admin.listGroups({ types: ['Share'] })).some((g) => g.groupId === none));
}

/** @param {Cluster} cluster */
async function unknown(cluster) {
  const { admin } = cluster;
  const ids = [cluster.name('none-1'), cluster.name('none-2')];
  const many = await fails(() => admin.describeGroups(ids), 'GROUP_ID_NOT_FOUND');
  assert.equal(many.errors.length, 2);
  await fails(() => admin.deleteGroups([ids[0]]), 'GROUP_ID_NOT_FOUND');
  assert.deepEqual(await admin.listGroupOffsets(ids[0]), []);
}
