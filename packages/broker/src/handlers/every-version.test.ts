import { apis, errors } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { askOnce, TestClient } from '../client.test-client.ts';
import { requests, type ServedName, type Subject } from '../requests.test-table.ts';
import { servedVersions } from '../serve.ts';
import { versionsOf } from '../versions.test-table.ts';

/** What else than success is the right answer to a request of the table. */
const refusals: Partial<Record<ServedName, (version: number) => number>> = {
  JoinGroup: (version) => (version >= 4 ? errors.MEMBER_ID_REQUIRED.code : 0),
  SyncGroup: () => errors.UNKNOWN_MEMBER_ID.code,
  Heartbeat: () => errors.UNKNOWN_MEMBER_ID.code,
  LeaveGroup: () => errors.UNKNOWN_MEMBER_ID.code,
  ConsumerGroupDescribe: () => errors.GROUP_ID_NOT_FOUND.code,
  DeleteGroups: () => errors.GROUP_ID_NOT_FOUND.code,
  ShareAcknowledge: () => errors.SHARE_SESSION_NOT_FOUND.code,
  SaslHandshake: () => errors.ILLEGAL_SASL_STATE.code,
  SaslAuthenticate: () => errors.ILLEGAL_SASL_STATE.code,
  DescribeAcls: () => errors.SECURITY_DISABLED.code,
  CreateAcls: () => errors.SECURITY_DISABLED.code,
  DeleteAcls: () => errors.SECURITY_DISABLED.code,
  CreateDelegationToken: () => errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
  RenewDelegationToken: () => errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
  ExpireDelegationToken: () => errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
  DescribeDelegationToken: () => errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code,
  PushTelemetry: () => errors.UNKNOWN_SUBSCRIPTION_ID.code,
  AddRaftVoter: () => errors.INCONSISTENT_CLUSTER_ID.code,
  RemoveRaftVoter: () => errors.INCONSISTENT_CLUSTER_ID.code,
  AddOffsetsToTxn: () => errors.INVALID_PRODUCER_ID_MAPPING.code,
  EndTxn: () => errors.INVALID_PRODUCER_ID_MAPPING.code,
  TxnOffsetCommit: () => errors.INVALID_PRODUCER_ID_MAPPING.code,
  DescribeTransactions: () => errors.TRANSACTIONAL_ID_NOT_FOUND.code,
  AlterReplicaLogDirs: () => errors.LOG_DIR_NOT_FOUND.code,
  ElectLeaders: () => errors.ELECTION_NOT_NEEDED.code,
  UnregisterBroker: () => errors.BROKER_ID_NOT_REGISTERED.code,
};

/** All error codes of a response but those that say nothing. */
function errorCodes(value: unknown): number[] {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === 'errorCode' ? [field as number].filter((code) => code !== 0) : errorCodes(field),
  );
}

const cases = (Object.keys(requests) as ServedName[]).flatMap((name) =>
  versionsOf(name).map((version) => [name, version] as const),
);

describe('every version of every API', () => {
  let node: TestNode;
  let client: TestClient;
  let subject: Subject;

  beforeAll(async () => {
    // Client metrics are only taken where somebody can look at them.
    node = await TestNode.start({ 'tidelog.http.listener': '127.0.0.1:0' });
    client = await TestClient.connect(node);
    const topicId = await client.createTopic('subject');
    subject = { topic: 'subject', topicId, group: 'group' };
    await client.send('FindCoordinator', 6, { coordinatorKeys: [subject.group] });
    await client.send('FindCoordinator', 6, { keyType: 1, coordinatorKeys: ['no-such-id'] });
    const shareKey = `${subject.group}:${topicId}:0`;
    await client.send('FindCoordinator', 6, { keyType: 2, coordinatorKeys: [shareKey] });
    await client.send('OffsetCommit', 9, requests.OffsetCommit(9, subject));
    const body = requests.InitializeShareGroupState(0, subject);
    await client.send('InitializeShareGroupState', 0, body);
    for (const version of versionsOf('DeleteTopics'))
      await client.createTopic(`deleted-${version}`);
  });

  afterAll(() => node.dispose());

  it.each(cases)('%s %i is answered', async (name, version) => {
    const body = requests[name](version, subject) as never;
    const response = await askOnce(node, name, { version, body });
    expect(new Set(errorCodes(response))).toEqual(
      new Set([refusals[name]?.(version) ?? 0].filter((code) => code !== 0)),
    );
    expect(node.faults).toEqual([]);
  });

  it('is what ApiVersions says', async () => {
    const { apiKeys } = await client.send('ApiVersions', 4, {
      clientSoftwareName: 'test',
      clientSoftwareVersion: '1',
    });
    expect(apiKeys).toEqual(servedVersions());
    expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual(
      Object.keys(requests)
        .map((name) => apis[name as ServedName].key)
        .toSorted((a, b) => a - b),
    );
  });
});
