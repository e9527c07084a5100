/** Each shape for each client, one after the other against one broker. */
import { createTopic, deleteTopic } from '../lib/requests.mjs';

let unique = 0;

/**
 * @param {import('./shapes.mjs').Shape} shape
 * @param {{ clients: import('./clients.mjs').MeasuredClient[], port: number, rounds: number, share: number,
 *   progress: (text: string) => void }} options `share` of the records
 * @returns {Promise<import('./report.mjs').Row>}
 */
export async function measure(shape, { clients, port, rounds, share, progress }) {
  const able = clients.filter((client) => client.can(shape));
  const samples = new Map(able.map(({ name }) => [name, /** @type {any[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    // Each comes first in turn.
    for (let i = 0; i < able.length; i++) {
      const client = able[(i + round) % able.length];
      const topic = `bench-${unique++}`;
      await createTopic(port, { topic, partitions: 1, configs: {} });
      const records = Math.ceil(shape.records * share * (client?.share ?? 1));
      const task = { ...shape.task, bootstrap: `127.0.0.1:${port}`, topic, records };
      if (shape.task.what === 'consume') await clients[0]?.run({ ...task, what: 'produce' });
      try {
        samples.get(client?.name ?? '')?.push(await client?.run(task));
      } catch (error) {
        // Not every client can do everything; its place stays empty.
        progress(`${client?.name}, ${shape.name}: ${/** @type {Error} */ (error).message}`);
      }
      await deleteTopic(port, topic);
    }
  }
  return { shape, samples: [...samples] };
}
