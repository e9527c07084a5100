import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { hasRegex, type Subscription } from './consumer-member.ts';
import { regexMatches } from './events.ts';
import { bumpGroupEpoch } from './group-epoch.ts';
import { RegexScan } from './regex-scan.ts';

/** What a change of a member's expression means: `resolved`: its topics are known already. */
export type RegexChange = 'none' | 'updated' | 'resolved';

/** Expressions are not matched more often than that, whatever members do. */
const LEAST_INTERVAL_MS = 10_000;
/** The next part of a scan comes after what else is waiting. */
const NEXT_STEP_MS = 1;

interface Change {
  readonly former: Subscription;
  readonly subscription: Subscription;
  /** When expressions were matched last, before the change. */
  readonly refreshed: { readonly timestampMs: number; readonly version: number };
}

/** A member has subscribed, perhaps with another expression. The group knows it already. */
export function noteRegex(turn: Turn, group: ConsumerGroup, change: Change): RegexChange {
  const { former, subscription } = change;
  const { topics } = group;
  let result: RegexChange = 'none';
  let isNew = false;
  if (former.topicRegex !== subscription.topicRegex) {
    result = 'updated';
    if (hasRegex(former)) forgetRegex(turn, group, former.topicRegex!);
    if (!hasRegex(subscription)) {
      if (hasRegex(former)) result = 'resolved';
    } else if (topics.resolved.has(subscription.topicRegex!)) {
      result = 'resolved';
    } else {
      isNew = topics.regexes.get(subscription.topicRegex!) === 1;
    }
  }
  if (topics.regexes.size > 0 && isDue(turn, group, change, isNew)) begin(turn, group);
  return result;
}

/** Where nobody subscribes to the expression any more, what it matched is forgotten. */
export function forgetRegex(turn: Turn, group: ConsumerGroup, pattern: string): void {
  if (!group.topics.regexes.has(pattern)) turn.emit(regexMatches(group.groupId, pattern, null));
}

function isDue(
  turn: Turn,
  { scan, topics }: ConsumerGroup,
  { refreshed }: Change,
  isNew: boolean,
): boolean {
  const { timestampMs } = turn.now;
  if (scan !== null || timestampMs <= refreshed.timestampMs + LEAST_INTERVAL_MS) return false;
  return (
    isNew ||
    topics.regexes.size !== topics.resolved.size ||
    refreshed.version < turn.table.topicChanges.createdVersion ||
    timestampMs > refreshed.timestampMs + turn.config.regexRefreshIntervalMs
  );
}

function begin(turn: Turn, group: ConsumerGroup): void {
  const patterns = group.topics.regexes.keys();
  group.scan = new RegexScan(patterns, turn.topics, turn.now.timestampMs);
  turn.table.alarms.set(group.scanAlarm, turn.now.monotonicMs);
}

/** The next part of a scan; after the last, members may get other topics. */
export function continueScan(turn: Turn, group: ConsumerGroup): void {
  const { scan, topics, groupId } = group;
  if (scan === null) return;
  if (!scan.step()) {
    turn.table.alarms.set(group.scanAlarm, turn.now.monotonicMs + NEXT_STEP_MS);
    return;
  }
  group.scan = null;
  let changed = false;
  for (const [pattern, resolved] of scan.results()) {
    if (!topics.regexes.has(pattern)) continue;
    const event = regexMatches(groupId, pattern, resolved);
    // More topics than one record can name: it stays as it was.
    if (!turn.fits([event])) continue;
    changed ||= !sameTopics(topics.resolved.get(pattern)?.topics, resolved.topics);
    turn.emit(event);
  }
  if (changed) bumpGroupEpoch(turn, group);
}

function sameTopics(former: ReadonlySet<string> | undefined, topics: ReadonlySet<string>): boolean {
  if (former?.size !== topics.size) return former === undefined && topics.size === 0;
  return [...topics].every((topic) => former.has(topic));
}
