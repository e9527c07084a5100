/** Topics that are there for one measurement. */
import { createTopic, deleteTopic } from './requests.mjs';

/**
 * Has a topic while a task runs. Its files are gone at the end, so that their removal does not count in what is
 * measured next. The floor has no topics, and takes requests for any.
 * @template T
 * @param {import('./variants.mjs').Variant['broker']} server
 * @param {{ topic: string, partitions: number, configs?: Record<string, string> }} what
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function withTopic(server, what, task) {
  if (server.kind === 'floor') return task();
  await createTopic(server.port, what);
  const result = await task();
  await deleteTopic(server.port, what.topic);
  await server.filesGone(what.topic);
  return result;
}
