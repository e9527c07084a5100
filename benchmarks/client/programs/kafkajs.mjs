import { createRequire } from 'node:module';
import { registerCodecs } from '../../../conformance/node/codecs.mjs';
import { main, whileRunning } from './workload.mjs';

const types = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

await main(async ({ bootstrap, topic, singly, codec, packages }) => {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  const require = createRequire(`${packages}/`);
  registerCodecs(require);
  const { Kafka, logLevel } = require('kafkajs');
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
  // As ours by default: idempotent would allow it one request at a time.
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const compression = types.indexOf(codec);
  /** @type {any} */
  let consumer;
  return {
    send: (message) => producer.send({ topic, messages: [message], compression }),
    sendAll: (messages) => producer.send({ topic, messages, compression }),
    async consume(onRecords) {
      const groupId = `bench-${process.pid}`;
      consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, ...whileRunning(singly, onRecords) });
    },
    async close() {
      await consumer?.disconnect();
      await producer.disconnect();
    },
  };
});
