import { describe, expect, it } from 'vitest';
import { topicConfigProblem } from './topic-configs.ts';

const problem = (
  configs: Record<string, string>,
  context: Parameters<typeof topicConfigProblem>[1] = {},
): string | undefined => topicConfigProblem(new Map(Object.entries(configs)), context);

describe('the configs of a topic', () => {
  it('are accepted when each of them is valid', () => {
    expect(problem({ 'cleanup.policy': 'compact', 'retention.ms': '-1' })).toBeUndefined();
  });

  it('must be known by name', () => {
    expect(problem({ __proto__x: '1' })).toBe('Unknown topic config name: __proto__x');
  });

  it('must have a compaction lag that fits its bound, of the broker or their own', () => {
    const own = problem({ 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' });
    expect(own).toMatch(/min\.compaction\.lag\.ms \(10\) > max\.compaction\.lag\.ms \(5\)/);
    const defaults = new Map([['max.compaction.lag.ms', 5n]]);
    expect(problem({ 'min.compaction.lag.ms': '10' }, { defaults })).toBe(own);
  });

  it('are refused when the value of the broker that they fall back to is not valid', () => {
    const defaults = new Map([['flush.ms', -1n]]);
    expect(problem({}, { defaults })).toMatch(/Invalid value -1 for configuration flush\.ms/);
  });
});

describe('remote storage of a topic', () => {
  const tiered = { 'remote.storage.enable': 'true' };
  const remoteStorage = true;

  it('needs a broker that has it', () => {
    expect(problem(tiered)).toMatch(/remote\.log\.storage\.system\.enable/);
    expect(problem(tiered, { remoteStorage })).toBeUndefined();
  });

  it('needs the delete policy', () => {
    const compacted = { ...tiered, 'cleanup.policy': 'compact,delete' };
    expect(problem(compacted, { remoteStorage })).toMatch(/cleanup\.policy=delete/);
    expect(problem({ ...tiered, 'cleanup.policy': '' }, { remoteStorage })).toBeUndefined();
  });

  it.each(['ms', 'bytes'])('keeps local.retention.%s within the whole retention', (unit) => {
    const [total, local] = [`retention.${unit}`, `local.retention.${unit}`];
    const judge = (totalValue: string, localValue: string): string | undefined =>
      problem({ ...tiered, [total]: totalValue, [local]: localValue }, { remoteStorage });
    expect(judge('100', '101')).toMatch(/must not be more than .*: 100/);
    expect(judge('100', '-1')).toMatch(/must not be -1/);
    expect(judge('100', '100')).toBeUndefined();
    expect(judge('100', '-2')).toBeUndefined();
    expect(judge('-1', '101')).toBeUndefined();
  });

  it('has no retention of its own locally once copying is disabled', () => {
    const frozen = { ...tiered, 'remote.log.copy.disable': 'true', 'retention.ms': '100' };
    const judge = (local: string): string | undefined =>
      problem({ ...frozen, 'local.retention.ms': local }, { remoteStorage });
    expect(judge('50')).toMatch(/must be equal to retention\.ms/);
    expect(judge('100')).toBeUndefined();
  });

  it('is turned off only together with its data', () => {
    const existing = new Map([['remote.storage.enable', 'true']]);
    expect(problem({}, { existing })).toMatch(/remote\.log\.delete\.on\.disable=true/);
    expect(problem({ 'remote.log.delete.on.disable': 'true' }, { existing })).toBeUndefined();
  });
});
