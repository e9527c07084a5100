/** What our admin can do with users, quotas and access, on a broker without an authorizer. */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';
import { fails } from './cluster.mjs';

/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {import('./admin-groups.mjs').Check} check */
export async function adminSecurityChecks(check) {
  await check('users of SCRAM', scram);
  await check('quotas of clients', quotas);
  await check('access control lists need an authorizer', acls);
  await check('delegation tokens need authentication', tokens);
}

/** @param {Cluster} cluster */
async function scram(cluster) {
  const { admin } = cluster;
  const user = cluster.name('alice');
  await admin.alterUserScramCredentials([
    { user, mechanism: 'SCRAM-SHA-256', password: 'secret' },
    { user, mechanism: 'SCRAM-SHA-512', password: 'secret', iterations: 8192 },
  ]);
  await until('both are there', async () => {
    const [found] = await admin.describeUserScramCredentials([user]).catch(() => []);
    return found?.credentials.length === 2;
  });
  const all = await admin.describeUserScramCredentials();
  const { credentials } = all.find((found) => found.user === user);
  const lines = credentials.map(({ mechanism, iterations }) => `${mechanism} ${iterations}`);
  assert.deepEqual(lines.sort(), ['SCRAM-SHA-256 4096', 'SCRAM-SHA-512 8192']);
  await admin.alterUserScramCredentials([
    { user, mechanism: 'SCRAM-SHA-256', delete: true },
    { user, mechanism: 'SCRAM-SHA-512', delete: true },
  ]);
  await until('they are gone', () =>
    admin.describeUserScramCredentials([user]).then(
      () => false,
      ({ code }) => code === 'RESOURCE_NOT_FOUND',
    ),
  );
  const few = { user, mechanism: /** @type {const} */ ('SCRAM-SHA-256'), password: 'p' };
  const weak = () => admin.alterUserScramCredentials([{ ...few, iterations: 10 }]);
  await fails(weak, 'UNACCEPTABLE_CREDENTIAL');
}

/** @param {Cluster} cluster */
async function quotas(cluster) {
  const { admin } = cluster;
  const entity = { user: cluster.name('quota'), clientId: null };
  const rates = new Map([['producer_byte_rate', 1024]]);
  await admin.alterClientQuotas([{ entity, quotas: rates }], { validateOnly: true });
  await admin.alterClientQuotas([{ entity, quotas: rates }]);
  const filter = { user: { name: entity.user }, clientId: /** @type {const} */ ('default') };
  await until('it is there', async () => (await admin.describeClientQuotas(filter)).length === 1);
  const [found] = await admin.describeClientQuotas({ ...filter, strict: true });
  assert.deepEqual(found, { entity, quotas: rates });
  assert.equal((await admin.describeClientQuotas({ user: { name: entity.user } })).length, 1);
  const loose = { user: { name: entity.user }, strict: true };
  assert.deepEqual(await admin.describeClientQuotas(loose), []);
  await admin.alterClientQuotas([{ entity, quotas: new Map([['producer_byte_rate', null]]) }]);
  await until('it is gone', async () => (await admin.describeClientQuotas(filter)).length === 0);
  const wrong = [{ entity, quotas: new Map([['no_such_rate', 1]]) }];
  await fails(() => admin.alterClientQuotas(wrong), 'INVALID_REQUEST');
}

/** @param {Cluster} cluster */
async function acls({ admin }) {
  /** @type {any} */
  const binding = {
    resourceType: 'topic',
    resourceName: 'orders',
    patternType: 'literal',
    principal: 'User:alice',
    host: '*',
    operation: 'read',
    permission: 'allow',
  };
  await fails(() => admin.describeAcls({ resourceType: 'topic' }), 'SECURITY_DISABLED');
  await fails(() => admin.createAcls([binding]), 'SECURITY_DISABLED');
  await fails(() => admin.deleteAcls([{ principal: 'User:alice' }]), 'SECURITY_DISABLED');
}

/** @param {Cluster} cluster */
async function tokens({ admin }) {
  const refused = 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED';
  await fails(() => admin.createDelegationToken({ maxLifetimeMs: 60_000 }), refused);
  await fails(() => admin.renewDelegationToken(Buffer.from('none')), refused);
  await fails(() => admin.expireDelegationToken(Buffer.from('none')), refused);
  await fails(() => admin.describeDelegationTokens(), refused);
}
