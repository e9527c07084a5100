import { type RequestInput, ZERO_UUID } from '@tidelog/protocol';
import type { ServedName } from './requests.test-table.ts';

type Requests = { readonly [K in ServedName]?: (version: number) => RequestInput<K> };

const aclFilter = {
  resourceTypeFilter: 2,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};

/** Requests about who may do what and how much, and about who votes. */
export const securityRequests = {
  SaslHandshake: () => ({ mechanism: 'PLAIN' }),
  DescribeAcls: () => aclFilter,
  CreateAcls: () => ({
    creations: [
      {
        resourceType: 2,
        resourceName: 'topic',
        principal: 'User:alice',
        host: '*',
        operation: 3,
        permissionType: 3,
      },
    ],
  }),
  DeleteAcls: () => ({ filters: [aclFilter] }),
  SaslAuthenticate: () => ({ authBytes: Buffer.from('credentials') }),
  CreateDelegationToken: (version) => ({
    ...(version >= 3 && { ownerPrincipalType: 'User', ownerPrincipalName: 'alice' }),
    renewers: [],
    maxLifetimeMs: -1,
  }),
  RenewDelegationToken: () => ({ hmac: Buffer.from('hmac'), renewPeriodMs: 1000 }),
  ExpireDelegationToken: () => ({ hmac: Buffer.from('hmac'), expiryTimePeriodMs: 1000 }),
  DescribeDelegationToken: () => ({ owners: null }),
  DescribeClientQuotas: () => ({
    components: [{ entityType: 'user', matchType: 2, match: null }],
    strict: false,
  }),
  AlterClientQuotas: (version) => ({
    entries: [
      {
        entity: [{ entityType: 'user', entityName: `user-${version}` }],
        ops: [{ key: 'producer_byte_rate', value: 1024, remove: false }],
      },
    ],
    validateOnly: false,
  }),
  DescribeUserScramCredentials: () => ({ users: null }),
  AlterUserScramCredentials: () => ({
    deletions: [],
    upsertions: [
      {
        name: 'alice',
        mechanism: 1,
        iterations: 4096,
        salt: Buffer.from('salt'),
        saltedPassword: Buffer.from('salted password'),
      },
    ],
  }),
  GetTelemetrySubscriptions: () => ({ clientInstanceId: ZERO_UUID }),
  PushTelemetry: () => ({
    clientInstanceId: 'AAAAAAAAAAAAAAAAAAAABQ',
    subscriptionId: 0,
    terminating: false,
    compressionType: 0,
    metrics: Buffer.alloc(0),
  }),
  ListConfigResources: () => ({ resourceTypes: [] }),
  AddRaftVoter: () => ({
    clusterId: 'another cluster',
    timeoutMs: 1000,
    voterId: 2,
    voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAQ',
    listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
  }),
  RemoveRaftVoter: () => ({
    clusterId: 'another cluster',
    voterId: 2,
    voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAQ',
  }),
} as const satisfies Requests;
