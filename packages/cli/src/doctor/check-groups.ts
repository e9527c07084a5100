import type { ClusterView, GroupView } from './cluster-view.ts';
import { type Finding, named } from './finding.ts';
import { counted } from '../terminal/counted.ts';

/** Groups that nobody reads for, that fall behind, that rebalance, or that have lost what they did not read. */
export function checkGroups({ groups }: ClusterView): Finding[] {
  return groups.flatMap((group) => [...lag(group), ...rebalancing(group), ...lostRecords(group)]);
}

function lag({ group, members, partitions }: GroupView): Finding[] {
  const total = partitions.reduce((sum, { lag }) => sum + lag, 0);
  const about = { area: 'group', subject: group } as const;
  if (total > 0 && members === 0) {
    return [
      {
        severity: 'warning',
        ...about,
        finding: `nobody reads for it, and ${counted(total, 'record')} ${total === 1 ? 'waits' : 'wait'}`,
        advice: 'start its consumers, or delete it',
      },
    ];
  }
  const growing = partitions.filter(({ lag, lagBefore }) => lag > lagBefore && lagBefore > 0);
  if (growing.length === 0) return [];
  const grown = growing.reduce((sum, { lag, lagBefore }) => sum + lag - lagBefore, 0);
  return [
    {
      severity: 'warning',
      ...about,
      finding: `it falls behind in ${named(growing.map(placeOf))}: by ${counted(grown, 'record')} while it was looked at`,
      advice:
        'look again; if it goes on, add members up to the number of partitions, or make them quicker',
    },
  ];
}

function rebalancing({ group, state }: GroupView): Finding[] {
  if (!/Rebalance|Assigning|Reconciling/.test(state)) return [];
  return [
    {
      severity: 'info',
      area: 'group',
      subject: group,
      finding: `its members are agreeing on partitions (${state})`,
      advice:
        'look again; if it goes on, members come and go: see max.poll.interval.ms and their logs',
    },
  ];
}

function lostRecords({ group, partitions }: GroupView): Finding[] {
  const lost = partitions.filter(
    ({ currentOffset, logStartOffset }) => currentOffset < logStartOffset,
  );
  if (lost.length === 0) return [];
  const count = lost.reduce((sum, place) => sum + place.logStartOffset - place.currentOffset, 0);
  return [
    {
      severity: 'warning',
      area: 'group',
      subject: group,
      finding: `${counted(count, 'offset')} of ${named(lost.map(placeOf))} were deleted before it came to them`,
      advice: 'raise retention above the time that consumers may be away',
    },
  ];
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`;
}
