import { createRequire } from 'node:module';
import { main, whileRunning } from './workload.mjs';

await main(async ({ bootstrap, topic, singly, codec, what, packages }) => {
  const require = createRequire(`${packages}/`);
  const { CompressionTypes, Kafka, logLevel } = require('@confluentinc/kafka-javascript').KafkaJS;
  const kafka = new Kafka({ kafkaJS: { brokers: [bootstrap], logLevel: logLevel.ERROR } });
  const producer = kafka.producer({
    kafkaJS: {
      acks: -1,
      ...(codec !== 'none' && { compression: CompressionTypes[codec.toUpperCase()] }),
    },
    ...(what === 'latency' && { 'linger.ms': 0 }),
  });
  await producer.connect();
  /** @type {any} */
  let consumer;
  return {
    send: (message) => producer.send({ topic, messages: [message] }),
    sendAll: (messages) => producer.send({ topic, messages }),
    async consume(onRecords) {
      const groupId = `bench-${process.pid}`;
      consumer = kafka.consumer({
        kafkaJS: { groupId, fromBeginning: true, autoCommit: false },
        // Arrays of whatever has come.
        ...(!singly && { 'js.consumer.max.batch.size': -1 }),
      });
      await consumer.connect();
      await consumer.subscribe({ topic });
      await consumer.run(whileRunning(singly, onRecords));
    },
    async close() {
      await consumer?.disconnect();
      await producer.disconnect();
    },
  };
});
