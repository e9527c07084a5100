import { api } from '../schema/api.ts';
import { array, int16, int32, string, uuid } from '../schema/field.ts';

/** Deletes topics, by name or by id. */
export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexible: 4,
  listeners: ['broker', 'controller'],
  request: () => ({
    topics: array({
      name: string.since(6).nullable().default(null),
      topicId: uuid.since(6),
    }).since(6),
    topicNames: array(string).until(5).ignorable(),
    timeoutMs: int32,
  }),
  response: () => ({
    throttleTimeMs: int32.default(0).ignorable(),
    responses: array({
      name: string.nullable(6),
      topicId: uuid.since(6).ignorable(),
      errorCode: int16,
      errorMessage: string.since(5).nullable().default(null).ignorable(),
    }),
  }),
});
