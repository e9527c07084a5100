import { errors, type ResponseOf } from '@tidelog/protocol';
import { deleteOffsetsOf } from '../offsets/retention.ts';
import type { CommandOf } from './commands.ts';
import type { Turn } from './turn.ts';

/** ListGroups: an empty filter lets everything pass; filters don't look at case. */
export function listGroups(turn: Turn, id: number, command: CommandOf<'ListGroups'>): void {
  const { statesFilter, typesFilter } = command.request;
  const states = new Set(statesFilter.map((state) => state.toLowerCase().trim()));
  const types = new Set(typesFilter.map((type) => type.toLowerCase()));
  turn.settled = true;
  const listed: ResponseOf<'ListGroups'>['groups'][number][] = [];
  for (const { groupId, type, protocolType, state } of turn.table.groups.values()) {
    if (types.size > 0 && !types.has(type)) continue;
    if (states.size > 0 && !states.has(state.toLowerCase())) continue;
    listed.push({
      groupId,
      protocolType: protocolType ?? '',
      groupState: state,
      groupType: type,
    });
  }
  turn.reply(id, listed);
}

/** DeleteGroups: groups without members, with all their offsets. */
export function deleteGroups(turn: Turn, id: number, command: CommandOf<'DeleteGroups'>): void {
  turn.settled = true;
  turn.divisible = true;
  turn.reply(
    id,
    command.groupIds.map((groupId) => {
      const group = turn.table.groups.get(groupId);
      let error: { readonly code: number } = errors.NONE;
      if (group === undefined) error = errors.GROUP_ID_NOT_FOUND;
      else if (!group.isEmpty) error = errors.NON_EMPTY_GROUP;
      else {
        deleteOffsetsOf(turn, groupId);
        turn.emitAll(group.tombstones());
      }
      return { groupId, errorCode: error.code };
    }),
  );
}
