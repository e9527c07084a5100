import { INT64_MAX, INT64_MIN, ZERO_UUID } from '@tidelog/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GroupScript, subscription } from './script.test-group.ts';

const int32 = fc.constantFrom(-0x80000000, -1, 0, 1, 2, 10_000, 0x7fffffff);
const int64 = fc.constantFrom(INT64_MIN, -1, 0, 1, 2 ** 53, INT64_MAX);
const text = fc.constantFrom(
  '',
  'g',
  'i1',
  '__proto__',
  'consumer',
  'range',
  '\ud800',
  'x'.repeat(40_000),
);
const bytes = fc.constantFrom(Buffer.alloc(0), Buffer.from([0xff, 0xff]), subscription(['t']));
/** An index into the ids that were given out, or text. */
const member = fc.oneof(fc.nat(3), text);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const forged = fc.oneof(
  fc.record({
    api: fc.constant('join' as const),
    groupId: text,
    sessionTimeoutMs: fc.oneof({ weight: 5, arbitrary: fc.constant(10_000) }, int32),
    rebalanceTimeoutMs: int32,
    memberId: member,
    groupInstanceId: orNull(text),
    protocolType: text,
    protocols: fc.array(fc.record({ name: text, metadata: bytes }), { maxLength: 3 }),
  }),
  fc.record({
    api: fc.constant('sync' as const),
    groupId: text,
    generationId: int32,
    memberId: member,
    groupInstanceId: orNull(text),
    protocolType: orNull(text),
    protocolName: orNull(text),
    assignments: fc.array(fc.record({ memberId: text, assignment: bytes }), { maxLength: 2 }),
  }),
  fc.record({
    api: fc.constant('commit' as const),
    groupId: text,
    generationId: int32,
    memberId: member,
    instanceId: orNull(text),
    retentionTimeMs: int64,
    offset: int64,
    topic: text,
    topicId: fc.constant(ZERO_UUID),
    metadata: orNull(text),
  }),
  fc.record({
    api: fc.constant('leave' as const),
    members: fc.array(fc.record({ memberId: member, groupInstanceId: orNull(text) }), {
      maxLength: 3,
    }),
  }),
  fc.record({ api: fc.constant('pass' as const), ms: fc.constantFrom(1, 3_000, 11_000, 700_000) }),
  fc.record({ api: fc.constant('restart' as const), apiVersion: fc.integer({ min: 0, max: 9 }) }),
);

it('no request can break the coordinator', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(forged, { maxLength: 60, size: 'max' }), async (requests) => {
      let script = await GroupScript.start();
      const warnings: string[] = [];
      const ids: string[] = [];
      const idOf = (id: number | string) => (typeof id === 'number' ? (ids[id] ?? '') : id);
      for (const { api, ...rest } of requests) {
        const request = rest as never as { memberId: string; members: { memberId: string }[] };
        const memberId = idOf(request.memberId ?? '');
        if (api === 'join') {
          void script.join({ ...request, memberId }).then((reply) => ids.push(reply.memberId));
        } else if (api === 'sync') void script.sync({ ...request, memberId });
        else if (api === 'commit') void script.commit({ ...request, memberId });
        else if (api === 'leave') {
          void script.leave(request.members.map((m) => ({ ...m, memberId: idOf(m.memberId) })));
        } else if (api === 'pass') await script.clock.pass((rest as { ms: number }).ms);
        else {
          warnings.push(...script.warnings);
          script = await script.restart();
          script.apiVersion = (rest as { apiVersion: number }).apiVersion;
        }
      }
      await script.clock.pass(60_000);
      expect([...warnings, ...script.warnings]).toEqual([]);
      expect(await script.commit({ groupId: 'another' })).toEqual(['NONE']);
      script.coordinator.close();
    }),
    { numRuns: 60 },
  );
}, 20_000);
