import {
  batchBaseSequence,
  batchProducerEpoch,
  type RequestOf,
  readRecords,
  type ResponseOf,
} from '@tidelog/protocol';
import { createClient } from '../client.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';
import type { ProducerOptions } from './producer-settings.ts';

/** What arrived in one batch. */
export interface Arrived {
  readonly partition: number;
  readonly sequence: number;
  readonly epoch: number;
  readonly values: string[];
}

export function arrivals(request: RequestOf<'Produce'>): Arrived[] {
  return request.topicData.flatMap(({ partitionData }) =>
    partitionData.map(({ index, records }) => ({
      partition: index,
      sequence: batchBaseSequence(records!, 0),
      epoch: batchProducerEpoch(records!, 0),
      values: readRecords(records!).map(({ value }) => value!.toString()),
    })),
  );
}

export function answer(
  request: RequestOf<'Produce'>,
  result: { errorCode?: number; baseOffset?: number },
): ResponseOf<'Produce'> {
  return {
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode: result.errorCode ?? 0,
        baseOffset: result.baseOffset ?? 0,
      })),
    })),
  };
}

export function setUp(options: ProducerOptions = {}) {
  const broker = new ScriptedBroker();
  broker.topics.push({ name: 't', partitions: 2 });
  broker.on('InitProducerId', () => ({ errorCode: 0, producerId: 7, producerEpoch: 0 }));
  broker.on('Produce', (request) => answer(request, {}));
  const client = createClient({ bootstrapServers: 'broker:9092', platform: broker.platform });
  const producer = client.producer(options);
  const send = (value: string, partition = 0) => producer.send({ topic: 't', partition, value });
  const seen = () => broker.of('Produce').flatMap(arrivals);
  return { broker, client, producer, send, seen, clock: broker.clock };
}
