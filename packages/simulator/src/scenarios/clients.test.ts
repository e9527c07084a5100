import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { PartitionHistory } from './broker-crash/history.ts';
import { Progress } from './clients/progress.ts';
import { clients, clientsFor } from './clients.ts';
import { whatCatches } from './planted-bug.test-support.ts';

describe('our clients on a network that fails', () => {
  it('send each record once and in order, and work on all of them', async () => {
    const outcome = await simulate(clientsFor({ rounds: 1 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ cuts/) });
  }, 60_000);

  it('end the same with the same seed', async () => {
    const scenario = clientsFor({ rounds: 1 });
    expect(await simulate(scenario, 2)).toEqual(await simulate(scenario, 2));
  }, 60_000);

  it.each(clients.plants)(
    'are caught when the bug "%s" is planted',
    async (plant) => {
      const error = await whatCatches(clientsFor({ rounds: 2 }), plant, { seeds: 8 });
      expect(error).toMatchObject({ name: 'Violation' });
    },
    60_000,
  );
});

describe('progress', () => {
  it('is work on what was sent, and commits follow it', () => {
    const history = new PartitionHistory();
    for (const value of ['a', 'b']) history.send(value);
    history.ack(0, 'a');
    const progress = new Progress([history]);
    expect(progress.isComplete).toBe(false);
    expect(() => progress.worked(0, 0, 'b')).toThrow("read 'b' at 0 of partition 0");
    expect(() => progress.worked(0, 1, 'c')).toThrow("read 'c' at 1 of partition 0");
    progress.worked(0, 1, 'b');
    expect(() => progress.committed(0, 2)).toThrow('committed to 2, nobody worked on 0');
    progress.worked(0, 0, 'a');
    progress.committed(0, 2);
    expect(progress.isComplete).toBe(true);
  });
});
