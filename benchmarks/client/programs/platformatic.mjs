import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { main } from './workload.mjs';

await main(async ({ bootstrap, topic, singly, codec, packages }) => {
  const entry = createRequire(`${packages}/`).resolve('@platformatic/kafka');
  const { Consumer, Producer } = await import(pathToFileURL(entry).href);
  const options = { clientId: 'bench', bootstrapBrokers: [bootstrap] };
  const producer = new Producer(options);
  const sending = { acks: -1, ...(codec !== 'none' && { compression: codec }) };
  /** @type {any} */
  let consumer;
  return {
    send: (message) => producer.send({ messages: [{ topic, ...message }], ...sending }),
    sendAll: (messages) =>
      producer.send({ messages: messages.map((m) => ({ topic, ...m })), ...sending }),
    async consume(onRecords) {
      consumer = new Consumer({ ...options, groupId: `bench-${process.pid}` });
      const stream = await consumer.consume({
        topics: [topic],
        mode: 'earliest',
        autocommit: false,
        maxWaitTime: 500,
        highWaterMark: 16_384,
      });
      // It has no arrays: a message is an event of its own either way.
      if (singly) for await (const message of stream) onRecords(1, message.value);
      else stream.on('data', (/** @type {any} */ message) => onRecords(1, message.value));
    },
    async close() {
      await consumer?.close(true);
      await producer.close();
    },
  };
});
