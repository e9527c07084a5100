import { errors, type RequestOf } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

type Component = RequestOf<'DescribeClientQuotas'>['components'][number];

const exact = (entityType: string, match: string): Component => ({
  entityType,
  matchType: 0,
  match,
});
const byDefault = (entityType: string): Component => ({ entityType, matchType: 1, match: null });
const any = (entityType: string): Component => ({ entityType, matchType: 2, match: null });

describe('quotas, credentials and lists of configs', () => {
  let node: TestNode;
  let client: TestClient;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
    const entities: [string, string | null][][] = [
      [['user', 'alice']],
      [['user', null]],
      [
        ['user', 'alice'],
        ['client-id', 'app'],
      ],
      [['ip', '10.0.0.1']],
    ];
    await client.send('AlterClientQuotas', 1, {
      entries: entities.map((parts, i) => ({
        entity: parts.map(([entityType, entityName]) => ({ entityType, entityName })),
        ops: [
          {
            key: parts[0]![0] === 'ip' ? 'connection_creation_rate' : 'producer_byte_rate',
            value: i + 1,
            remove: false,
          },
        ],
      })),
      validateOnly: false,
    });
  });

  afterAll(() => node.dispose());

  const describeQuotas = async (components: Component[], strict = false) => {
    const reply = await client.send('DescribeClientQuotas', 1, { components, strict });
    return reply.entries?.map(({ values }) => values[0]!.value) ?? reply.errorCode;
  };

  it('finds quotas by name, default, any and strictly', async () => {
    expect(await describeQuotas([])).toEqual([1, 2, 3, 4]);
    expect(await describeQuotas([exact('user', 'alice')])).toEqual([1, 3]);
    expect(await describeQuotas([exact('user', 'alice')], true)).toEqual([1]);
    expect(await describeQuotas([byDefault('user')])).toEqual([2]);
    expect(await describeQuotas([any('user')], true)).toEqual([1, 2]);
    expect(await describeQuotas([any('user'), exact('client-id', 'app')])).toEqual([3]);
    expect(await describeQuotas([any('ip')])).toEqual([4]);
    expect(await describeQuotas([exact('user', 'bob')])).toEqual([]);
  });

  it.each<[string, Component[], number]>([
    ['without a type', [exact('', 'a')], errors.INVALID_REQUEST.code],
    ['with a type twice', [any('user'), byDefault('user')], errors.INVALID_REQUEST.code],
    ['of an unknown type', [any('robot')], errors.UNSUPPORTED_VERSION.code],
    ['exact without a name', [{ ...any('user'), matchType: 0 }], errors.INVALID_REQUEST.code],
    [
      'by default with a name',
      [{ ...exact('user', 'a'), matchType: 1 }],
      errors.INVALID_REQUEST.code,
    ],
    ['of an unknown kind', [{ ...any('user'), matchType: 3 }], errors.INVALID_REQUEST.code],
    ['of address and user', [any('user'), any('ip')], errors.INVALID_REQUEST.code],
  ])('refuses a filter %s', async (_, components, code) => {
    expect(await describeQuotas(components)).toBe(code);
  });

  it('describes credentials without their secrets', async () => {
    const upsertion = (name: string, mechanism: number, iterations: number) => {
      const [salt, saltedPassword] = [Buffer.from('salt'), Buffer.from('salted')];
      return { name, mechanism, iterations, salt, saltedPassword };
    };
    const upsertions = [upsertion('alice', 1, 4096), upsertion('bob', 2, 8192)];
    await client.send('AlterUserScramCredentials', 0, { deletions: [], upsertions });
    const all = await client.send('DescribeUserScramCredentials', 0, { users: null });
    expect(all.results.map(({ user, credentialInfos }) => [user, credentialInfos])).toEqual([
      ['alice', [{ mechanism: 1, iterations: 4096 }]],
      ['bob', [{ mechanism: 2, iterations: 8192 }]],
    ]);
    const users = ['bob', 'nobody', 'alice', 'alice'].map((name) => ({ name }));
    const some = await client.send('DescribeUserScramCredentials', 0, { users });
    expect(some.results.map(({ user, errorCode }) => [user, errorCode])).toEqual([
      ['bob', 0],
      ['nobody', errors.RESOURCE_NOT_FOUND.code],
      ['alice', errors.DUPLICATE_RESOURCE.code],
    ]);
  });

  it('lists what has configs', async () => {
    await client.createTopic('listed');
    const set = (resourceType: number, resourceName: string, name: string, value: string) => ({
      resourceType,
      resourceName,
      configs: [{ name, configOperation: 0, value }],
    });
    await client.send('IncrementalAlterConfigs', 1, {
      resources: [
        set(16, 'subscription', 'interval.ms', '10000'),
        set(32, 'group', 'consumer.session.timeout.ms', '50000'),
      ],
      validateOnly: false,
    });
    const list = async (version: number, resourceTypes: number[]) => {
      const reply = await client.send('ListConfigResources', version, { resourceTypes });
      if (reply.errorCode !== 0) return reply.errorCode;
      return reply.configResources.map(({ resourceType, resourceName }) => [
        resourceType,
        resourceName,
      ]);
    };
    const subscription = [16, 'subscription'];
    expect(await list(0, [])).toEqual([subscription]);
    expect(await list(1, [])).toEqual([
      [32, 'group'],
      subscription,
      [8, String(node.broker.nodeId)],
      [4, String(node.broker.nodeId)],
      [2, 'listed'],
    ]);
    expect(await list(1, [16, 32])).toEqual([[32, 'group'], subscription]);
    expect(await list(1, [1])).toBe(errors.UNSUPPORTED_VERSION.code);
  });
});
