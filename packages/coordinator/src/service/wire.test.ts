import { apis } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import type { GroupCoordinator, GroupRequestContext } from './group-coordinator.ts';
import { GroupScript, subscription } from './script.test-group.ts';

type GroupApi =
  | 'JoinGroup'
  | 'SyncGroup'
  | 'Heartbeat'
  | 'LeaveGroup'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'OffsetDelete'
  | 'ListGroups'
  | 'DescribeGroups'
  | 'DeleteGroups';

/** What each API is asked, written and read at a version as a client's request would be. */
const requests: Record<GroupApi, (memberId: string) => object> = {
  JoinGroup: (memberId) => ({
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription(['t']) }],
  }),
  SyncGroup: (memberId) => ({
    groupId: 'g',
    generationId: 1,
    memberId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  }),
  Heartbeat: (memberId) => ({ groupId: 'g', generationId: 1, memberId }),
  LeaveGroup: (memberId) => ({ groupId: 'g', memberId, members: [{ memberId: 'x' }] }),
  OffsetCommit: (memberId) => ({
    groupId: 'g',
    generationIdOrMemberEpoch: 1,
    memberId,
    topics: [
      {
        name: 't',
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }],
      },
    ],
  }),
  OffsetFetch: () => ({
    groupId: 'g',
    topics: [{ name: 't', partitionIndexes: [0] }],
    groups: [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }],
  }),
  OffsetDelete: () => ({
    groupId: 'g',
    topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
  }),
  ListGroups: () => ({ statesFilter: [], typesFilter: [] }),
  DescribeGroups: () => ({ groups: ['g', 'nobody'] }),
  DeleteGroups: () => ({ groupsNames: ['g', 'nobody'] }),
};

type Method = (
  c: GroupCoordinator,
  request: never,
  context: GroupRequestContext,
) => Promise<object>;

const methods: Record<GroupApi, Method> = {
  JoinGroup: (c, request, context) => c.joinGroup(request, context),
  SyncGroup: (c, request, context) => c.syncGroup(request, context),
  Heartbeat: (c, request, context) => c.heartbeat(request, context),
  LeaveGroup: (c, request, context) => c.leaveGroup(request, context),
  OffsetCommit: (c, request, context) => c.offsetCommit(request, context),
  OffsetFetch: (c, request, context) => c.offsetFetch(request, context),
  OffsetDelete: (c, request) => c.offsetDelete(request),
  ListGroups: (c, request) => c.listGroups(request),
  DescribeGroups: (c, request, context) => c.describeGroups(request, context),
  DeleteGroups: (c, request) => c.deleteGroups(request),
};

/** Asks as a client would, over bytes in both directions; gives the size of the answer. */
async function answer(
  script: GroupScript,
  name: GroupApi,
  options: { readonly apiVersion: number; readonly memberId: string },
): Promise<number> {
  const { apiVersion } = options;
  const api = apis[name] as unknown as {
    request: { encode(v: object, n: number): Buffer; decode(b: Buffer, n: number): never };
    response: { encode(v: object, n: number): Buffer };
  };
  const bytes = api.request.encode(onlyWhatIsWritten(name, options), apiVersion);
  const request = api.request.decode(bytes, apiVersion);
  const context = { apiVersion, clientId: 'c', clientHost: '/h' };
  const response = await script.eventually(methods[name](script.coordinator, request, context));
  return api.response.encode(response, apiVersion).length;
}

/** A version cannot carry the fields of others. */
function onlyWhatIsWritten(
  name: GroupApi,
  { apiVersion, memberId }: { readonly apiVersion: number; readonly memberId: string },
): object {
  const request = requests[name](memberId) as Record<string, unknown>;
  const drop = new Set<string>();
  if (name === 'LeaveGroup') drop.add(apiVersion < 3 ? 'members' : 'memberId');
  if (name === 'OffsetFetch') {
    for (const field of apiVersion < 8 ? ['groups'] : ['topics', 'groupId']) drop.add(field);
  }
  return Object.fromEntries(
    Object.entries(request).map(([key, value]) => [
      key,
      drop.has(key) ? (typeof value === 'string' ? '' : []) : value,
    ]),
  );
}

const cases = (Object.keys(requests) as GroupApi[]).flatMap((name) => {
  const [lowest, highest] = apis[name].versions;
  return Array.from({ length: highest - lowest + 1 }, (_, i) => [name, lowest + i] as const);
});

describe('the answers fit the wire', () => {
  it.each(cases)('%s version %i', async (name, apiVersion) => {
    const script = new GroupScript();
    const refused = await answer(script, name, { apiVersion, memberId: '' });
    await script.elect();
    const missing = await answer(script, name, { apiVersion, memberId: 'x' });
    const [memberId] = await script.stableGroup(1);
    const given = await answer(script, name, { apiVersion, memberId: memberId! });
    const fresh = await answer(script, name, { apiVersion, memberId: '' });
    for (const sizeBytes of [refused, missing, given, fresh]) {
      expect(sizeBytes).toBeGreaterThan(1);
    }
    script.coordinator.close();
  });
});
