import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';
import type { AclBinding } from './acls.ts';

const INVALID_REQUEST = 42;

function setUp() {
  const cluster = new ScriptedCluster(1);
  return { broker: cluster.broker(1), clock: cluster.clock, admin: cluster.admin() };
}

describe('access control lists', () => {
  const binding: AclBinding = {
    resourceType: 'topic',
    resourceName: 'orders',
    patternType: 'prefixed',
    principal: 'User:alice',
    host: '*',
    operation: 'describe-configs',
    permission: 'deny',
  };
  const fields = {
    resourceType: 2,
    resourceName: 'orders',
    principal: 'User:alice',
    host: '*',
    operation: 10,
    permissionType: 2,
  };

  it('are listed by a filter, in which what is left out fits all', async () => {
    const { broker, clock, admin } = setUp();
    const { resourceType, resourceName, ...acl } = fields;
    broker.on('DescribeAcls', () => ({
      errorCode: 0,
      errorMessage: null,
      resources: [{ resourceType, resourceName, patternType: 4, acls: [acl] }],
    }));
    expect(await clock.settle(admin.describeAcls({ principal: 'User:alice' }))).toEqual([binding]);
    await clock.settle(admin.describeAcls({ resourceType: 'group', patternType: 'match' }));
    expect(broker.of('DescribeAcls')).toMatchObject([
      {
        resourceTypeFilter: 1,
        resourceNameFilter: null,
        patternTypeFilter: 1,
        principalFilter: 'User:alice',
        hostFilter: null,
        operation: 1,
        permissionType: 1,
      },
      { resourceTypeFilter: 3, patternTypeFilter: 2, principalFilter: null },
    ]);
  });

  it('show what this client has no name for as unknown', async () => {
    const { broker, clock, admin } = setUp();
    const acl = { principal: 'User:a', host: '*', operation: 99, permissionType: 3 };
    broker.on('DescribeAcls', () => ({
      errorCode: 0,
      errorMessage: null,
      resources: [{ resourceType: 77, resourceName: 'x', patternType: 3, acls: [acl] }],
    }));
    expect(await clock.settle(admin.describeAcls())).toMatchObject([
      { resourceType: 'unknown', operation: 'unknown', permission: 'allow' },
    ]);
  });

  it('are created together, each with its own outcome in the order of the request', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('CreateAcls', ({ creations }) => ({
      results: creations.map(({ host }) => ({
        errorCode: host === '*' ? 0 : INVALID_REQUEST,
        errorMessage: host === '*' ? null : 'no such host',
      })),
    }));
    const bindings = [{ ...binding, host: 'nowhere' }, binding];
    await expect(clock.settle(admin.createAcls(bindings))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('deny User:alice from nowhere to describe-configs'),
    });
    expect(broker.of('CreateAcls')[0]!.creations[1]).toEqual({ ...fields, resourcePatternType: 4 });
  });

  it('are deleted by filters, which tell what they have found', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DeleteAcls', ({ filters }) => ({
      filterResults: filters.map(({ principalFilter }) => ({
        errorCode: principalFilter === 'bad' ? INVALID_REQUEST : 0,
        errorMessage: null,
        matchingAcls: [0, 31].map((errorCode) => ({
          errorCode,
          errorMessage: null,
          patternType: 4,
          ...fields,
        })),
      })),
    }));
    const filters = [{ principal: 'bad' }, { resourceName: 'orders' }];
    const failed: unknown[] = [];
    const onFailure = ({ code }: { code: string }, filter: object) => failed.push([code, filter]);
    expect(await clock.settle(admin.deleteAcls(filters, { onFailure }))).toMatchObject([
      {
        filter: { resourceName: 'orders' },
        bindings: [
          { ...binding, error: null },
          { ...binding, error: { code: 'CLUSTER_AUTHORIZATION_FAILED' } },
        ],
      },
    ]);
    expect(failed).toEqual([['INVALID_REQUEST', { principal: 'bad' }]]);
  });
});

describe('quotas of clients', () => {
  const entity = [
    { entityType: 'user', entityName: 'a' },
    { entityType: 'client-id', entityName: null },
  ];

  it('are found by name, by default, or by any name', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DescribeClientQuotas', () => ({
      errorCode: 0,
      errorMessage: null,
      entries: [{ entity, values: [{ key: 'producer_byte_rate', value: 5.5 }] }],
    }));
    const found = await clock.settle(
      admin.describeClientQuotas({
        user: { name: 'a' },
        clientId: 'default',
        ip: 'any',
        strict: true,
      }),
    );
    expect(found).toEqual([
      { entity: { user: 'a', clientId: null }, quotas: new Map([['producer_byte_rate', 5.5]]) },
    ]);
    expect(broker.of('DescribeClientQuotas')).toMatchObject([
      {
        components: [
          { entityType: 'user', matchType: 0, match: 'a' },
          { entityType: 'client-id', matchType: 1, match: null },
          { entityType: 'ip', matchType: 2, match: null },
        ],
        strict: true,
      },
    ]);
  });

  it('are set and taken away, entity by entity', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('AlterClientQuotas', ({ entries }) => ({
      entries: entries.map(({ entity }) => ({
        errorCode: entity[0]!.entityType === 'ip' ? INVALID_REQUEST : 0,
        errorMessage: null,
        entity,
      })),
    }));
    const quotas = new Map([
      ['producer_byte_rate', 7],
      ['consumer_byte_rate', null],
    ]);
    const changes = [
      { entity: { user: 'a', clientId: null }, quotas },
      { entity: { ip: '10.0.0.1' }, quotas },
    ];
    const altered = clock.settle(admin.alterClientQuotas(changes, { validateOnly: true }));
    await expect(altered).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('quotas of ip 10.0.0.1'),
    });
    expect(broker.of('AlterClientQuotas')[0]).toMatchObject({
      entries: [
        {
          entity,
          ops: [
            { key: 'producer_byte_rate', value: 7, remove: false },
            { key: 'consumer_byte_rate', remove: true },
          ],
        },
        { entity: [{ entityType: 'ip', entityName: '10.0.0.1' }] },
      ],
      validateOnly: true,
    });
  });
});

describe('delegation tokens', () => {
  const times = { issueTimestamp: 1, expiryTimestamp: 2, maxTimestamp: 3 };
  const hmac = Buffer.from('secret');
  const renewers = [{ type: 'User', name: 'bob' }];

  it('are made for the principal that asks, or for another one', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('CreateDelegationToken', ({ ownerPrincipalName }) => ({
      errorCode: 0,
      principalType: 'User',
      principalName: ownerPrincipalName || 'alice',
      tokenRequesterPrincipalType: 'User',
      tokenRequesterPrincipalName: 'alice',
      issueTimestampMs: 1,
      expiryTimestampMs: 2,
      maxTimestampMs: 3,
      tokenId: 'id',
      hmac,
    }));
    const alice = { type: 'User', name: 'alice' };
    const made = await clock.settle(admin.createDelegationToken({ renewers, maxLifetimeMs: 9 }));
    const info = { tokenId: 'id', owner: alice, requester: alice, renewers, ...times };
    expect(made).toEqual({ info, hmac });
    const owner = { type: 'User', name: 'carol' };
    const other = await clock.settle(admin.createDelegationToken({ owner }));
    expect(other.info).toMatchObject({ owner, requester: alice, renewers: [] });
    expect(broker.of('CreateDelegationToken')).toMatchObject([
      {
        ownerPrincipalType: '',
        maxLifetimeMs: 9,
        renewers: [{ principalType: 'User', principalName: 'bob' }],
      },
      { ownerPrincipalType: 'User', ownerPrincipalName: 'carol', maxLifetimeMs: -1 },
    ]);
  });

  it('are made by older brokers too, for the principal that asks', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('CreateDelegationToken', 2);
    broker.on('CreateDelegationToken', () => ({
      errorCode: 0,
      principalType: 'User',
      principalName: 'alice',
      issueTimestampMs: 1,
      expiryTimestampMs: 2,
      maxTimestampMs: 3,
      tokenId: 'id',
      hmac,
    }));
    const { info } = await clock.settle(admin.createDelegationToken());
    expect(info.requester).toEqual({ type: 'User', name: 'alice' });
    const owner = { type: 'User', name: 'carol' };
    await expect(clock.settle(admin.createDelegationToken({ owner }))).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    });
  });

  it('are prolonged and ended, which tells when they expire', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('RenewDelegationToken', () => ({ errorCode: 0, expiryTimestampMs: 77 }));
    broker.on('ExpireDelegationToken', () => ({ errorCode: 66, expiryTimestampMs: -1 }));
    const renewed = admin.renewDelegationToken(hmac, { renewPeriodMs: 5 });
    expect(await clock.settle(renewed)).toBe(77);
    await expect(clock.settle(admin.expireDelegationToken(hmac))).rejects.toMatchObject({
      code: 'DELEGATION_TOKEN_EXPIRED',
    });
    expect(broker.of('RenewDelegationToken')).toMatchObject([{ renewPeriodMs: 5 }]);
    expect(broker.of('ExpireDelegationToken')).toMatchObject([{ expiryTimePeriodMs: -1 }]);
  });

  it('of older brokers were asked for by their owners', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('DescribeDelegationToken', 2);
    broker.on('DescribeDelegationToken', () => ({
      errorCode: 0,
      tokens: [
        {
          principalType: 'User',
          principalName: 'alice',
          ...times,
          tokenId: 'id',
          hmac,
          renewers: [{ principalType: 'User', principalName: 'bob' }],
        },
      ],
    }));
    const owners = [{ type: 'User', name: 'alice' }];
    const [found] = await clock.settle(admin.describeDelegationTokens({ owners }));
    expect(found!.info).toMatchObject({ requester: owners[0], renewers });
    expect(broker.of('DescribeDelegationToken')[0]!.owners).toHaveLength(1);
  });
});
