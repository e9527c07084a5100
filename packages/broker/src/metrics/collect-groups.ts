import { errors } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Exposition } from './exposition.ts';

const CONTEXT = { apiVersion: 9, clientId: '', clientHost: '' };

/**
 * Committed offsets and lag of the groups that this broker coordinates, as kafka_exporter names them. Lag
 * is told where this broker leads the partition; a partition without a committed offset has none.
 */
export async function collectGroups(page: Exposition, broker: BrokerServices): Promise<void> {
  const { groups } = await broker.groups.listGroups({ statesFilter: [], typesFilter: [] });
  const byState = new Map<string, number>();
  for (const { groupState, groupType } of groups) {
    const key = `${groupType} ${groupState}`;
    byState.set(key, (byState.get(key) ?? 0) + 1);
  }
  for (const [key, count] of byState) {
    const [protocol = '', state = ''] = key.split(' ');
    const labels = { protocol: protocol.toLowerCase(), state };
    page.gauge('kafka_server_group_coordinator_metrics_group_count', 'Groups', count, labels);
  }
  for (const { groupId } of groups) await collectGroup(page, broker, groupId);
}

async function collectGroup(page: Exposition, broker: BrokerServices, groupId: string) {
  const response = await broker.groups.offsetFetch(
    {
      groupId: '',
      topics: [],
      groups: [{ groupId, memberId: null, memberEpoch: -1, topics: null }],
      requireStable: false,
    },
    CONTEXT,
  );
  const [group] = response.groups ?? [];
  if (group === undefined || group.errorCode !== errors.NONE.code) return;
  for (const { name: topic = '', partitions = [] } of group.topics ?? []) {
    let sum = 0;
    for (const { partitionIndex: partition = 0, committedOffset = -1 } of partitions) {
      if (committedOffset < 0) continue;
      const labels = { consumergroup: groupId, topic, partition };
      const help = 'Committed offset of a group';
      page.gauge('kafka_consumergroup_current_offset', help, committedOffset, labels);
      const led = broker.partitions.get(topic, partition);
      if (led === undefined || !led.isLeader) continue;
      const lag = Math.max(0, led.highWatermark - committedOffset);
      page.gauge('kafka_consumergroup_lag', 'Records that a group has not committed', lag, labels);
      sum += lag;
    }
    const labels = { consumergroup: groupId, topic };
    page.gauge('kafka_consumergroup_lag_sum', 'The same, of all partitions', sum, labels);
  }
}
