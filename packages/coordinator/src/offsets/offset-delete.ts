import { errors } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import { tombstone } from './retention.ts';

/** OffsetDelete: not of topics that members of the group consume. */
export function offsetDelete(turn: Turn, id: number, command: CommandOf<'OffsetDelete'>): void {
  const { groupId, topics } = command.request;
  const group = turn.table.groups.get(groupId);
  turn.settled = true;
  if (group === undefined) {
    return turn.reply(id, { errorCode: errors.GROUP_ID_NOT_FOUND.code, topics: [] });
  }
  const problem = group.checkOffsetDelete();
  if (problem !== null) return turn.reply(id, { errorCode: problem.code, topics: [] });
  turn.divisible = true;
  const { offsets } = turn.table;
  const replies = topics.map(({ name, partitions }) => {
    const subscribed = group.isSubscribedTo(name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (!subscribed && offsets.has(groupId, name, partitionIndex)) {
          tombstone(turn, groupId, name, partitionIndex);
        }
        const error = subscribed ? errors.GROUP_SUBSCRIBED_TO_TOPIC : errors.NONE;
        return { partitionIndex, errorCode: error.code };
      }),
    };
  });
  turn.reply(id, { errorCode: errors.NONE.code, topics: replies });
}
