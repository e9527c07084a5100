import { errors } from '@tidelog/protocol';
import type { Decision, EventPosition, Machine, Moment, RequestId } from '../host/machine.ts';
import {
  initialized,
  newLeader,
  rewritten,
  stateRead,
  success,
  summary,
  written,
} from './answers.ts';
import type { ShareStateCommand, ShareStateReply } from './commands.ts';
import type { ShareCoordinatorConfig } from './config.ts';
import { type ShareStateEvent, sizeUpperBound } from './events.ts';
import { refusalOf, refused } from './refusals.ts';
import { coordinatorKey, type SharePartitionKey } from './share-partition-key.ts';
import { afterSnapshot, afterUpdate, type ShareState } from './share-state.ts';

interface Kept {
  readonly key: SharePartitionKey;
  readonly state: ShareState;
}

interface Answer {
  readonly reply: ShareStateReply;
  readonly events?: readonly ShareStateEvent[];
}

/**
 * The state of share partitions over one partition of `__share_group_state` (KIP-932).
 *
 * A share partition's state is its last snapshot with the updates since; after
 * `updatesPerSnapshot` of them the next write is a snapshot. What stands before the oldest snapshot
 * that counts is not needed any more. As in Apache Kafka every reply, also one that only
 * reads, waits until all that was written before it is replicated.
 */
export class ShareStateMachine
  implements Machine<ShareStateCommand, ShareStateEvent, ShareStateReply>
{
  readonly #config: ShareCoordinatorConfig;
  readonly #maxBatchSizeBytes: number;
  readonly #states = new Map<string, Kept>();
  #lastTombstoneOffset = 0;
  #nextSnapshotsMs = Infinity;

  constructor(config: ShareCoordinatorConfig, maxBatchSizeBytes: number) {
    this.#config = config;
    this.#maxBatchSizeBytes = maxBatchSizeBytes;
  }

  stateOf(key: SharePartitionKey): ShareState | undefined {
    return this.#states.get(coordinatorKey(key))?.state;
  }

  decide(
    request: RequestId,
    command: ShareStateCommand,
    now: Moment,
  ): Decision<ShareStateEvent, ShareStateReply> {
    const { events, reply } = this.#fitting(command, this.#answer(command, now));
    this.#applyAll(events, now);
    return { events, replies: [{ to: request, reply }], settled: true, divisible: true };
  }

  apply(event: ShareStateEvent, { offset }: EventPosition): void {
    const { key } = event;
    const name = coordinatorKey(key);
    const before = this.#states.get(name)?.state;
    if (event.kind === 'update') {
      this.#states.set(name, { key, state: afterUpdate(before, event.value) });
    } else if (event.value === null) {
      this.#states.delete(name);
      this.#lastTombstoneOffset = offset;
    } else {
      const { updatesPerSnapshot } = this.#config;
      const state = afterSnapshot(before, event.value, { offset, updatesPerSnapshot });
      this.#states.set(name, { key, state });
    }
  }

  endTransaction(): void {
    // Nobody writes here in transactions.
  }

  loaded(now: Moment): Decision<ShareStateEvent, ShareStateReply> {
    this.#nextSnapshotsMs = now.monotonicMs + this.#config.coldSnapshotIntervalMs;
    return { events: [], replies: [], settled: false, divisible: true };
  }

  wake(now: Moment): Decision<ShareStateEvent, ShareStateReply> {
    const due = now.monotonicMs >= this.#nextSnapshotsMs;
    if (due) this.#nextSnapshotsMs = now.monotonicMs + this.#config.coldSnapshotIntervalMs;
    const events = due ? this.#coldSnapshots(now) : [];
    this.#applyAll(events, now);
    return { events, replies: [], settled: false, divisible: true };
  }

  nextDeadline(): number {
    return this.#nextSnapshotsMs;
  }

  #applyAll(events: readonly ShareStateEvent[], now: Moment): void {
    for (const [at, event] of events.entries()) {
      this.apply(event, { offset: now.nextOffset + at, producerId: -1 });
    }
  }

  #answer(command: ShareStateCommand, now: Moment): Answer {
    if (command.api === 'TopicsDeleted') return this.#deleteTopics(command.topicIds);
    if (command.api === 'FirstNeededOffset') return { reply: this.#firstNeededOffset() };
    const { key } = command;
    const { partition } = key;
    const state = this.stateOf(key);
    const refusal = refusalOf(command, state);
    if (refusal !== null) return { reply: refused(command.api, partition, refusal) };
    const recording = { now, updatesPerSnapshot: this.#config.updatesPerSnapshot };
    switch (command.api) {
      case 'InitializeShareGroupState':
        return { reply: success(partition), events: [initialized(command, state, now)] };
      case 'ReadShareGroupState': {
        const event = newLeader(command, state!, recording);
        return { reply: stateRead(partition, state!), events: event === null ? [] : [event] };
      }
      case 'WriteShareGroupState':
        return { reply: success(partition), events: [written(command, state!, recording)] };
      case 'DeleteShareGroupState':
        return { reply: success(partition), events: state === undefined ? [] : [tombstone(key)] };
      case 'ReadShareGroupStateSummary':
        return { reply: summary(partition, state) };
    }
  }

  /** A record that the log would not take is refused before it counts. */
  #fitting(command: ShareStateCommand, answer: Answer): Required<Answer> {
    const { reply, events = [] } = answer;
    if (!('key' in command) || events.every((event) => this.#fits(event))) return { reply, events };
    const refusal = { error: errors.UNKNOWN_SERVER_ERROR };
    return { reply: refused(command.api, command.key.partition, refusal), events: [] };
  }

  #fits(event: ShareStateEvent): boolean {
    return sizeUpperBound(event) <= this.#maxBatchSizeBytes;
  }

  #deleteTopics(topicIds: ReadonlySet<string>): Answer {
    const keys = [...this.#states.values()].map(({ key }) => key);
    const deleted = keys.filter(({ topicId }) => topicIds.has(topicId));
    return { reply: null, events: deleted.map(tombstone) };
  }

  /**
   * Share partitions that are not written to hold back what can be pruned: their state is written anew,
   * unless there are no others.
   */
  #coldSnapshots(now: Moment): ShareStateEvent[] {
    const kept = [...this.#states.values()];
    if (kept.every(({ state }) => state.createTimestamp !== state.writeTimestamp)) return [];
    const { coldSnapshotIntervalMs } = this.#config;
    return kept
      .filter(({ state }) => now.timestampMs - state.writeTimestamp >= coldSnapshotIntervalMs)
      .map(({ key, state }) => rewritten(key, state, now))
      .filter((event) => this.#fits(event));
  }

  #firstNeededOffset(): number | null {
    let first = Infinity;
    for (const { state } of this.#states.values()) first = Math.min(first, state.snapshotOffset);
    if (first === Infinity) first = this.#lastTombstoneOffset;
    return first > 0 ? first : null;
  }
}

function tombstone(key: SharePartitionKey): ShareStateEvent {
  return { kind: 'snapshot', key, value: null };
}
