import type { ResponseOutput } from '@tidelog/protocol';
import { KafkaClientError } from '../../client-error.ts';
import type { BrokerNode } from '../../cluster/metadata.ts';
import type { AdminCalls, ItemOptions } from '../admin-calls.ts';
import { type Target, toBroker, toCoordinator } from '../routes.ts';

export interface GroupListing {
  readonly groupId: string;
  readonly protocolType: string;
  /** `Stable`, `Empty`, ...; empty where the broker does not tell (before Kafka 2.6). */
  readonly state: string;
  /** `Classic`, `Consumer`, ...; empty where the broker does not tell (before Kafka 3.8). */
  readonly type: string;
}

export type GroupType = 'Classic' | 'Consumer' | 'Share' | 'Streams';

/** Only groups that fit all of these. */
export interface ListGroupsOptions extends ItemOptions<BrokerNode> {
  /** Kafka 2.6. */
  readonly states?: readonly string[] | undefined;
  /** Kafka 3.8. */
  readonly types?: readonly GroupType[] | undefined;
  /** `consumer`, `connect`, ...; empty for groups that only keep offsets. */
  readonly protocolTypes?: readonly string[] | undefined;
}

const groupTypes: readonly GroupType[] = ['Classic', 'Consumer', 'Share', 'Streams'];

/** Brokers before Kafka 4.0 write them in small letters. */
function typeOf(told: string): string {
  return groupTypes.find((type) => type.toLowerCase() === told.toLowerCase()) ?? told;
}

/** A broker before Kafka 3.8 cannot filter by types, and has to for those alone that are not classic. */
async function askGroups(
  send: Target['send'],
  { states = [], types = [] }: ListGroupsOptions,
): Promise<ResponseOutput<'ListGroups'>> {
  const statesFilter = [...states];
  try {
    return await send('ListGroups', { statesFilter, typesFilter: [...types] });
  } catch (error) {
    const isOld = error instanceof KafkaClientError && error.code === 'UNSUPPORTED_VERSION';
    if (!isOld || !types.includes('Classic')) throw error;
    return send('ListGroups', { statesFilter });
  }
}

/** What an admin does with groups of every type. */
export function groupListOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** Each broker lists the groups that it coordinates; a broker is what can fail here. */
    listGroups: async (options: ListGroupsOptions = {}): Promise<GroupListing[]> => {
      await calls.once(() => cluster.refresh([]), options);
      const listed = await calls.each<BrokerNode, readonly GroupListing[]>(
        cluster.metadata.brokers(),
        {
          route: toBroker(cluster, ({ id }) => id),
          keyOf: ({ id }) => String(id),
          subjectOf: ({ id }) => `groups of broker ${id}`,
          ask: async ({ node, send }, _, heard) => {
            const response = await askGroups(send, options);
            const groups = response.groups.map((group) => ({
              groupId: group.groupId,
              protocolType: group.protocolType,
              state: group.groupState,
              type: typeOf(group.groupType),
            }));
            heard(String(node), response, groups);
          },
        },
        options,
      );
      const { protocolTypes } = options;
      return listed
        .flat()
        .filter(({ protocolType }) => protocolTypes?.includes(protocolType) ?? true)
        .sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
    },

    /** Deletes groups without members, of any type, with their offsets. */
    deleteGroups: async (
      groupIds: readonly string[],
      options: ItemOptions<string> = {},
    ): Promise<void> => {
      await calls.each<string, null>(
        groupIds,
        {
          route: toCoordinator(cluster, 'group', (groupId) => groupId),
          keyOf: (groupId) => groupId,
          subjectOf: (groupId) => `group ${groupId}`,
          ask: async ({ send }, groupsNames, heard) => {
            const { results } = await send('DeleteGroups', { groupsNames: [...groupsNames] });
            for (const result of results) heard(result.groupId, result, null);
          },
        },
        options,
      );
    },
  };
}
