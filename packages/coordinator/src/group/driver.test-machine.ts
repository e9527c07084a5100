import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import { consumerAssignors } from '../assignors/consumer-assignors.ts';
import type { Moment, RequestId } from '../host/machine.ts';
import type { GroupCommand, GroupReply } from './commands.ts';
import { groupCoordinatorDefaults } from './config.ts';
import type { GroupEvent } from './events.ts';
import { GroupMachine } from './group-machine.ts';
import { defaultGroupSettings } from './settings.ts';
import { NO_TOPICS } from './topics-view.ts';
import type { MachineOptions } from './turn.ts';

type JoinReply = ResponseOf<'JoinGroup'>;

export interface JoinOptions {
  readonly memberId?: string;
  readonly groupInstanceId?: string | null;
  readonly protocols?: RequestOf<'JoinGroup'>['protocols'];
  readonly apiVersion?: number;
}

/** A group machine on its own, with a clock, a log of its events, and the requests that wait. */
export class MachineDriver {
  readonly machine: GroupMachine;
  readonly log: GroupEvent[] = [];
  readonly waiting = new Map<RequestId, GroupCommand>();
  readonly answered = new Map<RequestId, GroupReply>();
  nowMs = 0;
  #lastRequest = 0;

  readonly options: MachineOptions;

  constructor(options: Partial<MachineOptions> = {}) {
    this.options = { ...machineOptions, ...options };
    this.machine = new GroupMachine(this.options);
    this.#take(this.machine.loaded(this.#now()));
  }

  submit(command: GroupCommand): RequestId {
    const request = ++this.#lastRequest;
    this.waiting.set(request, command);
    this.#take(this.machine.decide(request, command, this.#now()));
    return request;
  }

  join({ memberId = '', groupInstanceId = null, protocols, apiVersion = 9 }: JoinOptions = {}) {
    return this.submit({
      api: 'JoinGroup',
      request: {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 30_000,
        memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocols: protocols ?? [{ name: 'range', metadata: Buffer.alloc(0) }],
        reason: null,
      },
      sender: { apiVersion, clientId: 'c', clientHost: '/h' },
      memberIdSuffix: String(this.#lastRequest),
    });
  }

  joinReply(request: RequestId): JoinReply | undefined {
    return this.answered.get(request) as JoinReply | undefined;
  }

  /** Lets time pass, waking the machine when it wants to be woken. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const deadline = this.machine.nextDeadline();
      if (deadline > endMs) break;
      this.nowMs = Math.max(this.nowMs, deadline);
      this.#take(this.machine.wake(this.#now()));
    }
    this.nowMs = endMs;
  }

  /** Another machine that has only seen the log. */
  replayed(): GroupMachine {
    const machine = new GroupMachine(this.options);
    this.log.forEach((event, offset) => machine.apply(event, { offset, producerId: -1 }));
    return machine;
  }

  #now(): Moment {
    return {
      timestampMs: 1_700_000_000_000 + this.nowMs,
      monotonicMs: this.nowMs,
      nextOffset: this.log.length,
    };
  }

  #take(decision: ReturnType<GroupMachine['decide']>): void {
    this.log.push(...decision.events);
    for (const { to, reply } of decision.replies) {
      if (!this.waiting.delete(to)) throw new Error(`request ${to} was answered twice`);
      this.answered.set(to, reply);
    }
  }
}

const machineOptions: MachineOptions = {
  config: groupCoordinatorDefaults,
  maxBatchSizeBytes: 1_048_588,
  topics: () => NO_TOPICS,
  settings: () => defaultGroupSettings,
  assignors: consumerAssignors(['uniform', 'range']),
};
