import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';

const UNSUPPORTED_VERSION = 35;

function setUp() {
  const broker = new ScriptedBroker();
  broker.topics.push({ name: 't', partitions: 1 });
  const client = createClient({ bootstrapServers: 'broker:9092', platform: broker.platform });
  const list = () => broker.clock.settle(client.admin().listTopics());
  const asked = () =>
    broker.requests.filter(({ name }) => name === 'ApiVersions').map(({ version }) => version);
  return { broker, list, asked };
}

describe('the versions of a connection', () => {
  it('are asked for in the newest version', async () => {
    const { list, asked } = setUp();
    await list();
    expect(asked()).toEqual([4]);
  });

  it('are asked for again in the version that the broker names', async () => {
    const { broker, list, asked } = setUp();
    broker.maxVersions.set('ApiVersions', 3);
    expect(await list()).toHaveLength(1);
    expect(asked()).toEqual([4, 3]);
  });

  it.each([0, 9, -5])(
    'are asked for in a version that is ours, when it names %d',
    async (named) => {
      const { broker, list, asked } = setUp();
      broker.on('ApiVersions', (_request, version) => ({
        errorCode: version === 4 && asked().length === 1 ? UNSUPPORTED_VERSION : 0,
        apiKeys: [
          { apiKey: 18, minVersion: 0, maxVersion: named },
          { apiKey: 3, minVersion: 0, maxVersion: 8 },
        ],
      }));
      await list();
      expect(asked()).toEqual([4, Math.min(4, Math.max(0, named))]);
      expect(broker.requests.at(-1)).toMatchObject({ name: 'Metadata', version: 8 });
    },
  );

  it('are asked for in the oldest, when it names none', async () => {
    const { broker, list, asked } = setUp();
    broker.on('ApiVersions', (_request, version) => ({
      errorCode: version === 0 ? 0 : UNSUPPORTED_VERSION,
      apiKeys: version === 0 ? [{ apiKey: 3, minVersion: 0, maxVersion: 9 }] : [],
    }));
    await list();
    expect(asked()).toEqual([4, 0]);
  });

  it.each([
    [[], /no version of Metadata.*does not have it/],
    [[{ apiKey: 3, minVersion: 90, maxVersion: 99 }], /it has 90 to 99/],
  ])('do not serve where the broker offers %j', async (apiKeys, says) => {
    const { broker, list } = setUp();
    broker.on('ApiVersions', () => ({ errorCode: 0, apiKeys }));
    await expect(list()).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      retriable: false,
      message: expect.stringMatching(says),
    });
  });
});
