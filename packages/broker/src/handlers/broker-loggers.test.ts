import { errors } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

const BROKER_LOGGER = 8;
const [SET, DELETE, APPEND] = [0, 1, 2];

describe('the loggers of a broker', () => {
  let node: TestNode;
  let client: TestClient;
  let own: string;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
    own = String(node.broker.nodeId);
  });

  afterAll(() => node.dispose());

  const alter = async (
    [name, configOperation, value]: readonly [string, number, string | null],
    { resourceName = own, validateOnly = false } = {},
  ) => {
    const configs = [{ name, configOperation, value }];
    const resources = [{ resourceType: BROKER_LOGGER, resourceName, configs }];
    const reply = await client.send('IncrementalAlterConfigs', 1, { resources, validateOnly });
    return reply.responses[0]!.errorCode;
  };
  const level = async (): Promise<string | null> => {
    const resources = [
      { resourceType: BROKER_LOGGER, resourceName: own, configurationKeys: ['root'] },
    ];
    const reply = await client.send('DescribeConfigs', 4, { resources });
    return reply.results[0]!.configs[0]!.value;
  };

  it('say as much as their level lets them', async () => {
    expect(await level()).toBe('INFO');
    expect(await alter(['root', SET, 'DEBUG'], { validateOnly: true })).toBe(0);
    expect(await level()).toBe('INFO');
    expect(await alter(['root', SET, 'ERROR'])).toBe(0);
    expect(await level()).toBe('ERROR');
    const said: string[] = [];
    const say = (message: string): number => said.push(message);
    const log = node.broker.loggers.filter({ info: say, warn: say, error: say });
    log.info('info');
    log.warn('warn');
    log.error('error');
    expect(said).toEqual(['error']);
    expect(await alter(['root', SET, 'INFO'])).toBe(0);
  });

  it.each([
    [['root', SET, 'LOUD'], {}, errors.INVALID_CONFIG.code],
    [['nobody', SET, 'INFO'], {}, errors.INVALID_CONFIG.code],
    [['root', DELETE, null], {}, errors.INVALID_REQUEST.code],
    [['root', APPEND, 'INFO'], {}, errors.INVALID_REQUEST.code],
    [['root', SET, 'INFO'], { resourceName: '77' }, errors.INVALID_REQUEST.code],
    [['root', SET, 'INFO'], { resourceName: '' }, errors.INVALID_REQUEST.code],
  ] as const)('refuse %j %j', async (change, where, code) => {
    expect(await alter(change, where)).toBe(code);
    expect(await level()).toBe('INFO');
  });
});
