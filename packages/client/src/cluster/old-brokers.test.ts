import { type ApiName, apis } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import type { ConsumerOptions } from '../consumer/consumer-settings.ts';
import { setUp } from '../testing/consumed-broker.ts';

/** The highest versions of Apache Kafka 2.8.2, by key, as far as clients ask for them. */
const FACTS =
  '0:9 1:12 2:6 3:11 8:8 9:7 10:3 11:7 12:4 13:4 14:5 15:5 16:4 17:1 18:3 19:7 20:6 21:2 ' +
  '22:4 23:4 24:3 25:3 26:3 28:3 29:2 30:2 31:2 32:4 33:2 34:2 35:2 36:2 37:3 38:2 39:2 ' +
  '40:2 41:2 42:2 43:2 44:1 45:0 46:0 47:0 48:1 49:1 50:0 51:0 57:0 60:0';
const KAFKA_2_8 = new Map(
  FACTS.split(' ').map((fact) => fact.split(':').map(Number) as [number, number]),
);

function onKafka28(options: ConsumerOptions = {}) {
  const set = setUp(options);
  for (const [name, { key, versions }] of Object.entries(apis)) {
    const highest = Math.min(KAFKA_2_8.get(key) ?? -1, versions[1]);
    set.broker.maxVersions.set(name as ApiName, highest);
  }
  return set;
}

const versionsOf = (broker: ReturnType<typeof setUp>['broker'], name: ApiName) =>
  new Set(broker.requests.filter((entry) => entry.name === name).map(({ version }) => version));

describe('a broker of Kafka 2.8', () => {
  it('is written to', async () => {
    const { broker, clock, client } = onKafka28();
    broker.on('InitProducerId', () => ({ errorCode: 0, producerId: 5, producerEpoch: 0 }));
    broker.on('Produce', ({ topicData }) => ({
      responses: topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: [{ index: partitionData[0]!.index, errorCode: 0, baseOffset: 3 }],
      })),
    }));
    const sent = client.producer().send({ topic: 't', value: 'v', headers: { a: 'b' } });
    expect(await clock.settle(sent)).toMatchObject({ topic: 't', offset: 3 });
    expect(versionsOf(broker, 'Produce')).toEqual(new Set([9]));
  });

  it('is read from by a group, which commits', async () => {
    const { broker, clock, consumer, committed, append } = onKafka28({ groupId: 'g' });
    append(0, 'a', 'b');
    consumer.subscribe('t');
    const messages = consumer.messages();
    expect(String((await clock.settle(messages.next())).value.value)).toBe('a');
    await clock.settle(consumer.commit());
    expect(committed.get(0)).toBe(1);
    await clock.settle(consumer.close());
    expect(versionsOf(broker, 'Fetch')).toEqual(new Set([12]));
    expect(versionsOf(broker, 'OffsetFetch')).toEqual(new Set([7]));
  });

  it('is told apart from one that has what is asked for', async () => {
    const { clock, consumer } = onKafka28({ groupId: 'g', groupProtocol: 'consumer' });
    consumer.subscribe('t');
    await expect(clock.settle(consumer.messages().next())).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message: expect.stringContaining('ConsumerGroupHeartbeat'),
    });
  });
});
