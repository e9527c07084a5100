import { describe, expect, it } from 'vitest';
import { startBroker } from './start-broker.ts';

describe('startBroker', () => {
  it('starts and stops', async () => {
    const t = performance.now();
    const broker = await startBroker();
    console.log('start', performance.now() - t, broker.bootstrapServers);
    expect(broker.port).toBeGreaterThan(0);
    await broker.stop();
    console.log('stop', performance.now() - t);
  });
});
