import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { MetadataRecord } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

type Request = RequestOf<'DeleteTopics'>;
type Result = ResponseOf<'DeleteTopics'>['responses'][number];

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const FIRST_VERSION_WITH_DISABLED_ERROR = 3;

/** DeleteTopics, by name or by id (KIP-516); `delete.topic.enable` guards all of it. */
export function deleteTopics(
  state: ControllerState,
  request: Request,
  version: number,
): Decision<'DeleteTopics'> {
  const asked = [
    ...request.topicNames.map((name) => ({ name, topicId: NO_ID })),
    ...request.topics,
  ];
  if (!state.config.getBoolean('delete.topic.enable')) return disabled(asked, version);
  const records: MetadataRecord[] = [];
  const responses: Result[] = [];
  const toDelete = new Map<string, string>();
  for (const { name, topicId, refusal } of resolved(state, asked)) {
    if (refusal !== undefined) responses.push({ name, topicId, ...errorFields(refusal) });
    else toDelete.set(topicId, name ?? '');
  }
  for (const [topicId, name] of toDelete) {
    records.push({ type: 'RemoveTopic', topicId });
    responses.push({ name, topicId, ...errorFields() });
  }
  return { records, reply: { throttleTimeMs: 0, responses } };
}

function disabled(
  asked: readonly { name: string | null; topicId: string }[],
  version: number,
): Decision<'DeleteTopics'> {
  const { code } =
    version < FIRST_VERSION_WITH_DISABLED_ERROR
      ? errors.INVALID_REQUEST
      : errors.TOPIC_DELETION_DISABLED;
  const responses = asked.map(({ name, topicId }) => ({
    name,
    topicId,
    errorCode: code,
    errorMessage: null,
  }));
  return { records: [], reply: { throttleTimeMs: 0, responses } };
}

interface Target {
  readonly name: string | null;
  readonly topicId: string;
  readonly refusal?: Refusal | undefined;
}

/** Each topic once, with its name and its id, or with why it isn't deleted. */
function resolved(
  state: ControllerState,
  asked: readonly { name: string | null; topicId: string }[],
): Target[] {
  const refuse = (name: string | null, topicId: string, message: string): Target => ({
    name,
    topicId,
    refusal: new Refusal('INVALID_REQUEST', message),
  });
  const { topics } = state.image;
  const namesAsked = countBy(asked.filter((a) => a.topicId === NO_ID).map((a) => a.name));
  const idsAsked = countBy(asked.filter((a) => a.name === null).map((a) => a.topicId));
  const targets = new Map<string, Target>();
  for (const { name, topicId } of asked) {
    if (name === null && topicId === NO_ID) {
      const message = 'Neither topic name nor id were specified.';
      targets.set(`neither ${targets.size}`, refuse(null, NO_ID, message));
    } else if (name !== null && topicId !== NO_ID) {
      const message = 'You may not specify both topic name and topic id.';
      targets.set(`both ${targets.size}`, refuse(name, topicId, message));
    } else if (name === null) {
      targets.set(`id ${topicId}`, byId(topicId));
    } else {
      targets.set(`name ${name}`, byName(name));
    }
  }
  return [...targets.values()];

  function byId(id: string): Target {
    if ((idsAsked.get(id) ?? 0) > 1) return refuse(null, id, 'Duplicate topic id.');
    const topic = topics.byId(id);
    if (topic === undefined) {
      return { name: null, topicId: id, refusal: new Refusal('UNKNOWN_TOPIC_ID') };
    }
    if (!namesAsked.has(topic.name)) return { name: topic.name, topicId: id };
    return refuse(topic.name, id, 'The topic was also supplied by its name.');
  }

  function byName(name: string): Target {
    if ((namesAsked.get(name) ?? 0) > 1) return refuse(name, NO_ID, 'Duplicate topic name.');
    const topic = topics.byName(name);
    if (topic === undefined) {
      const refusal = new Refusal('UNKNOWN_TOPIC_OR_PARTITION');
      return { name, topicId: NO_ID, refusal };
    }
    if (!idsAsked.has(topic.id)) return { name, topicId: topic.id };
    const message = 'The provided topic name maps to an ID that was already supplied.';
    return refuse(name, topic.id, message);
  }
}

function countBy<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
