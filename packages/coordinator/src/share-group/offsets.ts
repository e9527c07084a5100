import {
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
  ZERO_UUID,
} from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import { areStorable } from '../group/events.ts';
import type { Turn } from '../group/turn.ts';
import { note, noteInitializing } from './initialize.ts';
import { ShareGroup } from './share-group.ts';
import type { StatePartitionsOfTopic } from './state-partitions.ts';

/** The share partitions that have a state; none for a group that is not there. */
export function initializedSharePartitions(
  turn: Turn,
  id: number,
  { groupId }: CommandOf<'InitializedSharePartitions'>,
): void {
  turn.settled = true;
  const { initialized } = turn.table.find(groupId, 'share')?.statePartitions ?? {};
  const partitions = [...(initialized ?? [])].map(
    ([topicId, topic]) => [topicId, topic.partitions] as const,
  );
  turn.reply(id, new Map(partitions));
}

type Altered = ResponseOf<'AlterShareGroupOffsets'>;

/**
 * AlterShareGroupOffsets: share partitions of a group without members get a new start offset, and with
 * it a new life. A group that is not there comes into being.
 */
export function alterShareGroupOffsets(
  turn: Turn,
  id: number,
  { request }: CommandOf<'AlterShareGroupOffsets'>,
): void {
  turn.settled = true;
  const { groupId, topics } = request;
  const found = turn.table.groups.get(groupId);
  const refuse = ({ code, message }: KafkaError): void => {
    const response = { errorCode: code, errorMessage: message, responses: [] };
    turn.reply(id, { response, initialize: null });
  };
  if (found !== undefined && found.type !== 'share') return refuse(errors.GROUP_ID_NOT_FOUND);
  if (!areStorable([groupId])) return refuse(errors.INVALID_REQUEST);
  const group = found ?? new ShareGroup(groupId);
  if (!group.isEmpty) return refuse(errors.NON_EMPTY_GROUP);
  const wanted = new Map<string, StatePartitionsOfTopic>();
  const initialize: RequestOf<'InitializeShareGroupState'> = { groupId, topics: [] };
  const responses = topics.map(({ topicName, partitions }): Altered['responses'][number] => {
    const topic = turn.topics.byName(topicName);
    const count = topic?.partitionCount ?? 0;
    const known = partitions.filter(({ partitionIndex: at }) => at >= 0 && at < count);
    if (topic !== undefined && known.length > 0) {
      const indexes = new Set(known.map(({ partitionIndex }) => partitionIndex));
      wanted.set(topic.id, { name: topicName, partitions: indexes });
      initialize.topics.push({
        topicId: topic.id,
        partitions: known.map(({ partitionIndex: partition, startOffset }) => ({
          partition,
          stateEpoch: group.groupEpoch,
          startOffset,
        })),
      });
    }
    return {
      topicName,
      topicId: topic?.id ?? ZERO_UUID,
      partitions: partitions.map(({ partitionIndex: at }) =>
        partitionResult(at, at >= 0 && at < count ? null : errors.UNKNOWN_TOPIC_OR_PARTITION),
      ),
    };
  });
  if (wanted.size > 0 && !noteInitializing(turn, group, wanted)) {
    return refuse(errors.UNKNOWN_SERVER_ERROR);
  }
  const response = { errorCode: 0, responses };
  turn.reply(id, { response, initialize: wanted.size > 0 ? initialize : null });
}

export function partitionResult(
  partitionIndex: number,
  error: KafkaError | null,
): Altered['responses'][number]['partitions'][number] {
  const { code: errorCode, message } = error ?? errors.NONE;
  return { partitionIndex, errorCode, errorMessage: error === null ? null : message };
}

type DeletedTopic = ResponseOf<'DeleteShareGroupOffsets'>['responses'][number];

/** DeleteShareGroupOffsets: the state of whole topics goes, in a group without members. */
export function deleteShareGroupOffsets(
  turn: Turn,
  id: number,
  { request }: CommandOf<'DeleteShareGroupOffsets'>,
): void {
  turn.settled = true;
  const { groupId, topics } = request;
  const group = turn.table.find(groupId, 'share');
  const error = group === undefined ? errors.GROUP_ID_NOT_FOUND : errors.NON_EMPTY_GROUP;
  if (group === undefined || !group.isEmpty) {
    const response = { errorCode: error.code, errorMessage: error.message, responses: [] };
    return turn.reply(id, { response, names: new Map(), remove: null });
  }
  const initialized = new Map(group.statePartitions.initialized);
  const deleting = new Map(group.statePartitions.deleting);
  const remove: RequestOf<'DeleteShareGroupState'> = { groupId, topics: [] };
  const names = new Map<string, string>();
  const responses = [...new Set(topics.map(({ topicName }) => topicName))].flatMap(
    (topicName): DeletedTopic[] => {
      const topic = turn.topics.byName(topicName);
      if (topic === undefined) return [topicResult(topicName, errors.UNKNOWN_TOPIC_OR_PARTITION)];
      const known = initialized.get(topic.id)?.partitions;
      // What was begun and not finished is begun again.
      const again = deleting.has(topic.id) ? Array(topic.partitionCount).keys() : undefined;
      const partitions = known ?? again;
      if (partitions === undefined) {
        const message = 'There is no offset information to delete.';
        return [
          { ...topicResult(topicName, errors.UNKNOWN_TOPIC_OR_PARTITION), errorMessage: message },
        ];
      }
      initialized.delete(topic.id);
      deleting.set(topic.id, topicName);
      names.set(topic.id, topicName);
      const indexes = [...partitions].map((partition) => ({ partition }));
      remove.topics.push({ topicId: topic.id, partitions: indexes });
      return [];
    },
  );
  if (names.size > 0) note(turn, group, { ...group.statePartitions, initialized, deleting });
  const response = { errorCode: 0, responses };
  turn.reply(id, { response, names, remove: names.size > 0 ? remove : null });
}

export function topicResult(topicName: string, { code, message }: KafkaError): DeletedTopic {
  return { topicName, topicId: ZERO_UUID, errorCode: code, errorMessage: message };
}

/** The share coordinator has deleted the state of these topics: they are forgotten. */
export function shareOffsetsDeleted(
  turn: Turn,
  id: number,
  { groupId, topicIds }: CommandOf<'ShareOffsetsDeleted'>,
): void {
  turn.reply(id, null);
  const group = turn.table.find(groupId, 'share');
  if (group === undefined) return;
  const deleting = new Map(group.statePartitions.deleting);
  for (const topicId of topicIds) deleting.delete(topicId);
  note(turn, group, { ...group.statePartitions, deleting });
}
