import { errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { TestCluster } from '../testing/test-cluster.ts';

const user = (entityName: string | null) => [{ entityType: 'user', entityName }];
const set = (key: string, value: number) => ({ key, value, remove: false });
const unset = (key: string) => ({ key, value: 0, remove: true });

function alterQuotas(
  cluster: TestCluster,
  entity: { entityType: string; entityName: string | null }[],
  ops: { key: string; value: number; remove: boolean }[],
): number {
  const reply = cluster.submit('AlterClientQuotas', {
    entries: [{ entity, ops }],
    validateOnly: false,
  });
  return reply.entries[0]!.errorCode;
}

function upsertion(name: string, change: { mechanism?: number; iterations?: number } = {}) {
  const { mechanism = 1, iterations = 4096 } = change;
  const salt = Buffer.from('salt');
  return { name, mechanism, iterations, salt, saltedPassword: Buffer.from('salted') };
}

describe('AlterClientQuotas', () => {
  it('sets, changes and removes quotas, and writes only what changes', () => {
    const cluster = new TestCluster();
    const quotas = () => cluster.image.clientQuotas.of(new Map([['user', 'alice']]));
    expect(alterQuotas(cluster, user('alice'), [set('producer_byte_rate', 1000)])).toBe(0);
    const written = cluster.log.length;
    expect(alterQuotas(cluster, user('alice'), [set('producer_byte_rate', 1000)])).toBe(0);
    expect(cluster.log.length).toBe(written);
    alterQuotas(cluster, user('alice'), [set('request_percentage', 0.5), unset('no_such_quota')]);
    expect(quotas()).toEqual(
      new Map([
        ['producer_byte_rate', 1000],
        ['request_percentage', 0.5],
      ]),
    );
    alterQuotas(cluster, user('alice'), [unset('producer_byte_rate'), unset('request_percentage')]);
    expect(quotas()).toBeUndefined();
  });

  it('keeps the default entity apart from those with names', () => {
    const cluster = new TestCluster();
    alterQuotas(cluster, user(null), [set('consumer_byte_rate', 1)]);
    expect(cluster.image.clientQuotas.of(new Map([['user', null]]))?.size).toBe(1);
    expect(cluster.image.clientQuotas.of(new Map([['user', 'null']]))).toBeUndefined();
  });

  it.each([
    ['no entity', [], [set('producer_byte_rate', 1)]],
    ['an unknown type', [{ entityType: 'robot', entityName: 'r' }], [set('producer_byte_rate', 1)]],
    ['an empty name', user(''), [set('producer_byte_rate', 1)]],
    [
      'an address with a user',
      [...user('a'), { entityType: 'ip', entityName: '1.2.3.4' }],
      [set('connection_creation_rate', 1)],
    ],
    [
      'no address',
      [{ entityType: 'ip', entityName: 'not an address' }],
      [set('connection_creation_rate', 1)],
    ],
    ['an unknown quota', user('a'), [set('no_such_quota', 1)]],
    ['a quota of addresses', user('a'), [set('connection_creation_rate', 1)]],
    ['zero', user('a'), [set('producer_byte_rate', 0)]],
    ['no number', user('a'), [set('request_percentage', Number.NaN)]],
    ['a part of a byte', user('a'), [set('producer_byte_rate', 1.5)]],
    [
      'too much',
      [{ entityType: 'ip', entityName: '1.2.3.4' }],
      [set('connection_creation_rate', 2 ** 31)],
    ],
    ['one quota twice', user('a'), [set('producer_byte_rate', 1), unset('producer_byte_rate')]],
  ])('refuses %s and changes nothing', (_, entity, ops) => {
    const cluster = new TestCluster();
    const before = cluster.log.length;
    expect(alterQuotas(cluster, entity, ops)).toBe(errors.INVALID_REQUEST.code);
    expect(cluster.log.length).toBe(before);
  });

  it('only validates when asked to', () => {
    const cluster = new TestCluster();
    const before = cluster.log.length;
    const entries = [{ entity: user('a'), ops: [set('producer_byte_rate', 1)] }];
    const reply = cluster.submit('AlterClientQuotas', { entries, validateOnly: true });
    expect(reply.entries[0]!.errorCode).toBe(0);
    expect(cluster.log.length).toBe(before);
  });
});

describe('AlterUserScramCredentials', () => {
  const alter = (
    cluster: TestCluster,
    upsertions: ReturnType<typeof upsertion>[],
    deletions: { name: string; mechanism: number }[] = [],
  ) => {
    const reply = cluster.submit('AlterUserScramCredentials', { upsertions, deletions });
    return new Map(reply.results.map(({ user: name, errorCode }) => [name, errorCode]));
  };

  it('keeps the keys of RFC 7677, and forgets them', () => {
    // The example of the RFC: user "user", password "pencil", 4096 rounds.
    const saltedPassword = Buffer.from(
      'c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d',
      'hex',
    );
    const cluster = new TestCluster();
    alter(cluster, [{ ...upsertion('user'), saltedPassword }]);
    const credential = cluster.image.scram.of(1).get('user');
    expect(credential?.storedKey.toString('base64')).toBe(
      'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=',
    );
    expect(credential?.serverKey.toString('base64')).toBe(
      'wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
    expect(alter(cluster, [], [{ name: 'user', mechanism: 1 }])).toEqual(new Map([['user', 0]]));
    expect(cluster.image.scram.of(1).size).toBe(0);
  });

  it('refuses each user by itself', () => {
    const cluster = new TestCluster();
    const few = upsertion('few', { iterations: 4095 });
    const many = upsertion('many', { iterations: 16_385 });
    const unknown = upsertion('unknown', { mechanism: 3 });
    const twice = upsertion('twice');
    const given = [upsertion('good'), upsertion(''), few, many, unknown, twice, twice];
    expect(alter(cluster, given, [{ name: 'nobody', mechanism: 2 }])).toEqual(
      new Map([
        ['nobody', errors.RESOURCE_NOT_FOUND.code],
        ['good', 0],
        ['', errors.UNACCEPTABLE_CREDENTIAL.code],
        ['few', errors.UNACCEPTABLE_CREDENTIAL.code],
        ['many', errors.UNACCEPTABLE_CREDENTIAL.code],
        ['unknown', errors.UNSUPPORTED_SASL_MECHANISM.code],
        ['twice', errors.DUPLICATE_RESOURCE.code],
      ]),
    );
    expect([...cluster.image.scram.of(1).keys()]).toEqual(['good']);
  });
});
