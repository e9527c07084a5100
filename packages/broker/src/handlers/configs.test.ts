import { errors, type RequestInput } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

const TOPIC = 2;
const BROKER = 4;
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

const source = { topic: 1, dynamicBroker: 2, dynamicDefault: 3, static: 4, default: 5 } as const;

type Change = [name: string, op: number, value: string | null];

describe('configs', () => {
  let node: TestNode;
  let client: TestClient;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  async function change(
    resourceType: number,
    resourceName: string,
    changes: readonly Change[],
    validateOnly = false,
  ): Promise<number> {
    const configs = changes.map(([name, configOperation, value]) => ({
      name,
      configOperation,
      value,
    }));
    const resources = [{ resourceType, resourceName, configs }];
    const request = { resources, validateOnly };
    return (await client.send('IncrementalAlterConfigs', 1, request)).responses[0]!.errorCode;
  }

  async function describeOne(resourceType: number, resourceName: string, name: string) {
    const resources = [{ resourceType, resourceName, configurationKeys: [name] }];
    const request: RequestInput<'DescribeConfigs'> = { resources, includeSynonyms: true };
    const [result] = (await client.send('DescribeConfigs', 4, request)).results;
    return { errorCode: result!.errorCode, ...result!.configs[0] };
  }

  it('of a topic are its own, else those of the broker', async () => {
    await client.createTopic('layers');
    expect(await describeOne(TOPIC, 'layers', 'retention.ms')).toMatchObject({
      value: '604800000',
      configSource: source.default,
    });
    expect(await change(BROKER, '', [['log.retention.ms', SET, '5000000']])).toBe(0);
    expect(await describeOne(TOPIC, 'layers', 'retention.ms')).toMatchObject({
      value: '5000000',
      configSource: source.dynamicDefault,
    });
    expect(await change(BROKER, '1', [['log.retention.ms', SET, '6000000']])).toBe(0);
    expect(await change(TOPIC, 'layers', [['retention.ms', SET, '7000000']])).toBe(0);
    const own = await describeOne(TOPIC, 'layers', 'retention.ms');
    expect(own).toMatchObject({ value: '7000000', configSource: source.topic });
    expect(own.synonyms!.map(({ value }) => value).slice(0, 3)).toEqual([
      '7000000',
      '6000000',
      '5000000',
    ]);
    expect(await change(TOPIC, 'layers', [['retention.ms', DELETE, null]])).toBe(0);
    expect(await describeOne(TOPIC, 'layers', 'retention.ms')).toMatchObject({
      value: '6000000',
      configSource: source.dynamicBroker,
    });
    await change(BROKER, '', [['log.retention.ms', DELETE, null]]);
    await change(BROKER, '1', [['log.retention.ms', DELETE, null]]);
  });

  it('of a topic take effect at once', async () => {
    await client.createTopic('small');
    expect(await client.produce('small', ['x'.repeat(2000)])).toMatchObject({ errorCode: 0 });
    await change(TOPIC, 'small', [['max.message.bytes', SET, '1000']]);
    const { errorCode } = await client.produce('small', ['x'.repeat(2000)]);
    expect(errorCode).toBe(errors.MESSAGE_TOO_LARGE.code);
  });

  it('of the broker take effect at once', async () => {
    await client.createTopic('bounded');
    await change(BROKER, '', [['message.max.bytes', SET, '1000']]);
    const { errorCode } = await client.produce('bounded', ['x'.repeat(2000)]);
    expect(errorCode).toBe(errors.MESSAGE_TOO_LARGE.code);
    await change(BROKER, '', [['message.max.bytes', DELETE, null]]);
    expect(await client.produce('bounded', ['x'.repeat(2000)])).toMatchObject({ errorCode: 0 });
  });

  it('that are lists grow and shrink', async () => {
    await client.createTopic('policies');
    const policy = async () => (await describeOne(TOPIC, 'policies', 'cleanup.policy')).value;
    expect(await change(TOPIC, 'policies', [['cleanup.policy', APPEND, 'compact']])).toBe(0);
    expect(await policy()).toBe('delete,compact');
    expect(await change(TOPIC, 'policies', [['cleanup.policy', SUBTRACT, 'delete']])).toBe(0);
    expect(await policy()).toBe('compact');
    const refused = await change(TOPIC, 'policies', [['retention.ms', APPEND, '1']]);
    expect(refused).toBe(errors.INVALID_CONFIG.code);
  });

  it.each<[string, number, string, Change, number]>([
    ['an unknown topic', TOPIC, 'nowhere', ['retention.ms', SET, '1'], 3],
    ['an unknown config', TOPIC, 'layers', ['no.such', SET, '1'], errors.INVALID_CONFIG.code],
    ['a bad value', TOPIC, 'layers', ['retention.ms', SET, 'x'], errors.INVALID_CONFIG.code],
    ['no value', TOPIC, 'layers', ['retention.ms', SET, null], errors.INVALID_REQUEST.code],
    ['another broker', BROKER, '9', ['log.retention.ms', SET, '1'], 42],
    ['a bad broker id', BROKER, 'one', ['log.retention.ms', SET, '1'], 42],
    ['a static config', BROKER, '', ['node.id', SET, '5'], errors.INVALID_REQUEST.code],
    ['an unknown operation', TOPIC, 'layers', ['retention.ms', 9, '1'], 42],
    ['an unknown resource', 77, 'layers', ['retention.ms', SET, '1'], 42],
  ])('refuse %s', async (_, type, name, wanted, errorCode) => {
    expect(await change(type, name, [wanted])).toBe(errorCode);
  });

  it('are only looked at where a request says so', async () => {
    await client.createTopic('untouched');
    expect(await change(TOPIC, 'untouched', [['retention.ms', SET, '1']], true)).toBe(0);
    expect(await describeOne(TOPIC, 'untouched', 'retention.ms')).toMatchObject({
      configSource: source.default,
    });
  });

  it('are all replaced by AlterConfigs', async () => {
    await client.createTopic('replaced', { 'flush.ms': '7' });
    const configs = [{ name: 'retention.ms', value: '99' }];
    const resources = [{ resourceType: TOPIC, resourceName: 'replaced', configs }];
    const reply = await client.send('AlterConfigs', 2, { resources, validateOnly: false });
    expect(reply.responses[0]!.errorCode).toBe(0);
    expect(await describeOne(TOPIC, 'replaced', 'retention.ms')).toMatchObject({ value: '99' });
    expect(await describeOne(TOPIC, 'replaced', 'flush.ms')).toMatchObject({
      configSource: source.default,
    });
  });

  it('of other brokers and of no topic are not described', async () => {
    expect((await describeOne(BROKER, '9', 'log.dirs')).errorCode).toBe(
      errors.INVALID_REQUEST.code,
    );
    expect((await describeOne(TOPIC, 'nowhere', 'retention.ms')).errorCode).toBe(
      errors.UNKNOWN_TOPIC_OR_PARTITION.code,
    );
  });

  it('survive ten thousand changes in one request, or refuse them whole', async () => {
    const resources = Array.from({ length: 10_001 }, (_, i) => ({
      resourceType: TOPIC,
      resourceName: 'layers',
      configs: [{ name: `config-${i}`, configOperation: SET, value: 'x' }],
    }));
    const request = { resources, validateOnly: false };
    const { responses } = await client.send('IncrementalAlterConfigs', 1, request);
    expect(responses.every(({ errorCode }) => errorCode !== 0)).toBe(true);
    expect(await client.produce('layers', ['x'])).toMatchObject({ errorCode: 0 });
  });
});
