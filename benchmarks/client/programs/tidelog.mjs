import { createClient } from '@tidelog/client';
import { main } from './workload.mjs';

await main(async ({ bootstrap, topic, singly, codec, what }) => {
  const client = createClient({ bootstrapServers: bootstrap });
  const producer = client.producer({
    compression: /** @type {any} */ (codec),
    ...(what === 'latency' && { lingerMs: 0 }),
  });
  return {
    send: ({ key, value }) => producer.send({ topic, key, value }),
    sendAll: (messages) => producer.sendAll(messages.map((m) => ({ topic, ...m }))),
    async consume(onRecords) {
      const consumer = client.consumer({ autoOffsetReset: 'earliest' });
      consumer.assign([{ topic, partition: 0 }]);
      if (singly) for await (const message of consumer) onRecords(1, message.value);
      else {
        for await (const { messages } of consumer.batches()) {
          let bytes = 0;
          for (const message of messages) bytes += message.value?.length ?? 0;
          if (bytes > 0) onRecords(messages.length, messages[0]?.value);
        }
      }
    },
    close: () => client.close(),
  };
});
