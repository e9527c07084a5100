import type { RequestInput, ResponseOutput } from '@tidelog/protocol';

/**
 * Where a member of a share group stands:
 *
 * - `outside`: no part of the group, and does not want to be.
 * - `joining`: asks to be let in, with epoch 0.
 * - `member`: the coordinator knows it.
 * - `failed`: will not be let in.
 *
 * There is nothing to reconcile: partitions belong to many members at once, and records to one.
 */
export type SharePhase = 'outside' | 'joining' | 'member' | 'failed';

/** `fenced`: the coordinator does not know the member, or not its epoch. */
export type ShareMemberEvent = 'subscribed' | 'answered' | 'fenced' | 'refused' | 'left';

export const shareTransitions: Readonly<
  Record<SharePhase, Readonly<Record<ShareMemberEvent, SharePhase>>>
> = {
  outside: {
    subscribed: 'joining',
    answered: 'outside',
    fenced: 'outside',
    refused: 'outside',
    left: 'outside',
  },
  joining: {
    subscribed: 'joining',
    answered: 'member',
    fenced: 'joining',
    refused: 'failed',
    left: 'outside',
  },
  member: {
    subscribed: 'member',
    answered: 'member',
    fenced: 'joining',
    refused: 'failed',
    left: 'outside',
  },
  failed: {
    subscribed: 'failed',
    answered: 'failed',
    fenced: 'failed',
    refused: 'failed',
    left: 'outside',
  },
};

export interface ShareMemberSettings {
  readonly groupId: string;
  /** Chosen by the member itself. */
  readonly memberId: string;
  readonly rackId: string | null;
}

type Heartbeat = RequestInput<'ShareGroupHeartbeat'>;
type Answer = Pick<ResponseOutput<'ShareGroupHeartbeat'>, 'memberEpoch' | 'assignment'>;

const LEAVE_EPOCH = -1;

/** A member of a share group, without its I/O: builds heartbeats, and takes their answers in. */
export class ShareMember {
  readonly #settings: ShareMemberSettings;
  #phase: SharePhase = 'outside';
  #epoch = 0;
  #topics: readonly string[] = [];
  #topicsAreNews = false;
  /** An answer is missing: the coordinator may not know what was said. */
  #sayAll = true;
  /** By topic id. */
  #assignment: ReadonlyMap<string, readonly number[]> = new Map();
  #term = 0;

  constructor(settings: ShareMemberSettings) {
    this.#settings = settings;
  }

  get phase(): SharePhase {
    return this.#phase;
  }

  get memberId(): string {
    return this.#settings.memberId;
  }

  /** The partitions to read, by topic id. */
  get assignment(): ReadonlyMap<string, readonly number[]> {
    return this.#assignment;
  }

  /** Changes whenever the place in the group is gone: answers of an earlier term are void. */
  get term(): number {
    return this.#term;
  }

  /** The next heartbeat shall not wait for its interval. */
  get isUrgent(): boolean {
    return this.#phase === 'joining' || (this.#phase === 'member' && this.#topicsAreNews);
  }

  subscribe(topics: readonly string[]): void {
    this.#topics = topics;
    this.#topicsAreNews = true;
    this.#fire('subscribed');
  }

  /** The next heartbeat, which says only what is new; to be sent now. */
  heartbeat(): Heartbeat {
    const { groupId, memberId, rackId } = this.#settings;
    const joins = this.#phase === 'joining';
    const all = joins || this.#sayAll;
    const heartbeat: Heartbeat = {
      groupId,
      memberId,
      memberEpoch: joins ? 0 : this.#epoch,
      rackId: all ? rackId : null,
      subscribedTopicNames: all || this.#topicsAreNews ? this.#topics.toSorted() : null,
    };
    this.#sayAll = this.#topicsAreNews = false;
    return heartbeat;
  }

  /** The heartbeat by which the member leaves. */
  farewell(): Heartbeat {
    const { groupId, memberId } = this.#settings;
    return { groupId, memberId, memberEpoch: LEAVE_EPOCH };
  }

  /** True where the assignment is another one now. */
  answered({ memberEpoch, assignment }: Answer): boolean {
    if (this.#phase !== 'joining' && this.#phase !== 'member') return false;
    this.#epoch = memberEpoch;
    this.#fire('answered');
    if (assignment === null) return false;
    this.#assignment = new Map(
      assignment.topicPartitions.map(({ topicId, partitions }) => [topicId, partitions]),
    );
    return true;
  }

  /** No answer came, or none that tells whether the heartbeat was heard. */
  unanswered(): void {
    this.#sayAll = true;
  }

  fenced(): void {
    this.#leaveBehind('fenced');
  }

  refused(): void {
    this.#leaveBehind('refused');
  }

  left(): void {
    this.#leaveBehind('left');
  }

  #leaveBehind(event: ShareMemberEvent): void {
    this.#term++;
    this.#epoch = 0;
    this.#assignment = new Map();
    this.#sayAll = true;
    this.#fire(event);
  }

  #fire(event: ShareMemberEvent): void {
    this.#phase = shareTransitions[this.#phase][event];
  }
}
