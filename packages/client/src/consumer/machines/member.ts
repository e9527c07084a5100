import type { RequestInput, ResponseOutput } from '@tidelog/protocol';
import { keyOf, type TopicPartition } from '../../topic-partition.ts';

/**
 * Where a member of a group of the protocol `consumer` stands (KIP-848):
 *
 * - `outside`: no part of the group, and does not want to be.
 * - `joining`: asks to be let in, with epoch 0.
 * - `stable`: owns what the coordinator wants it to own.
 * - `reconciling`: the coordinator wants it to own something else.
 * - `acknowledging`: owns it now, and has yet to say so.
 * - `fenced`: the coordinator has given its partitions to others.
 * - `stale`: has left, because its consumer did not come back for more in time.
 * - `failed`: will not be let in.
 */
export type Phase =
  | 'outside'
  | 'joining'
  | 'stable'
  | 'reconciling'
  | 'acknowledging'
  | 'fenced'
  | 'stale'
  | 'failed';

/** `sent`, `answered`, `assigned` are of heartbeats; `released`: what was lost is out of use. */
export type MemberEvent =
  | 'subscribed'
  | 'sent'
  | 'answered'
  | 'assigned'
  | 'reconciled'
  | 'fenced'
  | 'expired'
  | 'released'
  | 'left'
  | 'refused';

type Row = Readonly<Record<MemberEvent, Phase>>;

/** A row that stays where it is, but for what it says. */
function row(phase: Phase, moves: Partial<Row>): Row {
  return {
    subscribed: phase,
    sent: phase,
    answered: phase,
    assigned: phase,
    reconciled: phase,
    fenced: phase,
    expired: phase,
    released: phase,
    left: 'outside',
    refused: 'failed',
    ...moves,
  };
}

const inGroup = { fenced: 'fenced', expired: 'stale', assigned: 'reconciling' } as const;

export const transitions: Readonly<Record<Phase, Row>> = {
  outside: row('outside', { subscribed: 'joining', refused: 'outside' }),
  joining: row('joining', { ...inGroup, answered: 'stable' }),
  stable: row('stable', inGroup),
  reconciling: row('reconciling', { ...inGroup, reconciled: 'acknowledging' }),
  acknowledging: row('acknowledging', { ...inGroup, sent: 'stable' }),
  fenced: row('fenced', { released: 'joining' }),
  stale: row('stale', { released: 'joining' }),
  failed: row('failed', {}),
};

export interface OwnedPartition extends TopicPartition {
  readonly topicId: string;
}

/** What never changes about a member. */
export interface MemberSettings {
  readonly groupId: string;
  /** Chosen by the member itself (KIP-1082). */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  /** `group.remote.assignor`; null leaves the choice to the group. */
  readonly serverAssignor: string | null;
}

/** Names, or an expression that the broker matches with names; the other one is empty. */
export interface MemberSubscription {
  readonly topics: readonly string[];
  readonly regex: string;
}

type Heartbeat = RequestInput<'ConsumerGroupHeartbeat'>;
type Answer = Pick<
  ResponseOutput<'ConsumerGroupHeartbeat'>,
  'memberId' | 'memberEpoch' | 'assignment'
>;

const LEAVE_EPOCH = -1;
/** A static member that will be back keeps its partitions for the session timeout. */
const LEAVE_FOR_A_WHILE_EPOCH = -2;

/**
 * A member of a group of the protocol `consumer`, without its I/O: builds heartbeats, which carry only
 * what has changed since the last that was answered, and takes answers in.
 */
export class Member {
  readonly #settings: MemberSettings;
  #phase: Phase = 'outside';
  #memberId: string;
  #epoch = 0;
  #subscription: MemberSubscription = { topics: [], regex: '' };
  /** By topic id; null before the first assignment. */
  #target: ReadonlyMap<string, readonly number[]> | null = null;
  #owned: readonly OwnedPartition[] = [];
  /** Topic ids of the target of which no name is known yet. */
  #unnamed: ReadonlySet<string> = new Set();
  #subscriptionIsNews = true;
  #saidRegex = false;
  #ownedIsNews = false;
  /** An answer is missing: the coordinator may not know what was said. */
  #sayAll = true;
  #term = 0;

  constructor(settings: MemberSettings) {
    this.#settings = settings;
    this.#memberId = settings.memberId;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** -1 outside of the group. */
  get epoch(): number {
    return this.isMember ? this.#epoch : -1;
  }

  /** The coordinator has let it in, and as far as it knows has not put it out. */
  get isMember(): boolean {
    return ['stable', 'reconciling', 'acknowledging'].includes(this.#phase);
  }

  /** Changes whenever the place in the group is given up: answers of an earlier term are void. */
  get term(): number {
    return this.#term;
  }

  /** The next heartbeat shall not wait for its interval. */
  get isUrgent(): boolean {
    return this.#phase === 'acknowledging' || (this.isMember && this.#subscriptionIsNews);
  }

  get owned(): readonly OwnedPartition[] {
    return this.#owned;
  }

  subscribe(subscription: MemberSubscription): void {
    this.#subscription = subscription;
    this.#subscriptionIsNews = true;
    this.#fire('subscribed');
  }

  /** The next heartbeat; to be sent now. */
  heartbeat(): Heartbeat {
    const { groupId, groupInstanceId, rackId, rebalanceTimeoutMs, serverAssignor } = this.#settings;
    const joins = this.#phase === 'joining';
    const all = joins || this.#sayAll;
    const subscribes = all || this.#subscriptionIsNews;
    const { topics, regex } = this.#subscription;
    const heartbeat: Heartbeat = {
      groupId,
      memberId: this.#memberId,
      memberEpoch: joins ? 0 : this.#epoch,
      instanceId: groupInstanceId,
      rackId: all ? rackId : null,
      rebalanceTimeoutMs: all ? rebalanceTimeoutMs : -1,
      subscribedTopicNames: subscribes ? topics.toSorted() : null,
      // An empty expression takes back the one that was said before. Old brokers know none.
      subscribedTopicRegex: subscribes && (regex !== '' || this.#saidRegex) ? regex : null,
      serverAssignor: all ? serverAssignor : null,
      topicPartitions: joins ? [] : all || this.#ownedIsNews ? this.#ownedById() : null,
    };
    this.#saidRegex = regex !== '';
    this.#sayAll = this.#subscriptionIsNews = this.#ownedIsNews = false;
    const acknowledges = this.#phase === 'acknowledging';
    this.#fire('sent');
    if (acknowledges && !this.#ownsTarget()) this.#fire('assigned');
    return heartbeat;
  }

  /** The heartbeat by which the member leaves. */
  farewell(): Heartbeat {
    const { groupId, groupInstanceId } = this.#settings;
    return {
      groupId,
      memberId: this.#memberId,
      memberEpoch: groupInstanceId === null ? LEAVE_EPOCH : LEAVE_FOR_A_WHILE_EPOCH,
      instanceId: groupInstanceId,
    };
  }

  answered({ memberId, memberEpoch, assignment }: Answer): void {
    if (!this.isMember && this.#phase !== 'joining') return;
    if (memberId) this.#memberId = memberId;
    this.#epoch = memberEpoch;
    if (assignment !== null) {
      this.#target = new Map(
        assignment.topicPartitions.map(({ topicId, partitions }) => [topicId, partitions]),
      );
      this.#unnamed = new Set();
    }
    this.#fire(this.#ownsTarget() ? 'answered' : 'assigned');
  }

  /** No answer came, or none that tells whether the heartbeat was heard. */
  unanswered(): void {
    this.#sayAll = true;
  }

  /** What to own according to the coordinator, and the topics of it that `nameOf` does not know. */
  plan(nameOf: (topicId: string) => string | undefined): {
    wanted: OwnedPartition[];
    unnamed: string[];
  } {
    const wanted: OwnedPartition[] = [];
    const unnamed: string[] = [];
    for (const [topicId, partitions] of this.#target ?? []) {
      const topic = nameOf(topicId);
      if (topic === undefined) unnamed.push(topicId);
      else for (const partition of partitions) wanted.push({ topicId, topic, partition });
    }
    return { wanted, unnamed };
  }

  /** The consumer has let go of what is not in `owned`, and taken on the rest. */
  reconciled(owned: readonly OwnedPartition[], unnamed: readonly string[]): void {
    this.#owned = owned;
    this.#unnamed = new Set(unnamed);
    this.#ownedIsNews = true;
    this.#fire('reconciled');
  }

  /** The names of topics have come. */
  namesArrived(nameOf: (topicId: string) => string | undefined): void {
    const left = new Set([...this.#unnamed].filter((topicId) => nameOf(topicId) === undefined));
    if (left.size === this.#unnamed.size) return;
    this.#unnamed = left;
    if (this.isMember) this.#fire('assigned');
  }

  /** Topics that are assigned, and have no name yet. */
  get unnamed(): ReadonlySet<string> {
    return this.#unnamed;
  }

  fenced(): void {
    this.#leavePlace('fenced');
  }

  /** The consumer takes too long over what it was given. */
  expired(): void {
    this.#leavePlace('expired');
  }

  refused(): void {
    this.#leavePlace('refused');
  }

  left(): void {
    this.#leavePlace('left');
    this.#owned = [];
  }

  /** The consumer uses nothing any more of what it owned. */
  released(): void {
    this.#owned = [];
    this.#fire('released');
  }

  #leavePlace(event: MemberEvent): void {
    this.#term++;
    this.#epoch = 0;
    this.#target = null;
    this.#unnamed = new Set();
    this.#sayAll = true;
    this.#fire(event);
  }

  #fire(event: MemberEvent): void {
    this.#phase = transitions[this.#phase][event];
  }

  #ownsTarget(): boolean {
    if (this.#target === null) return true;
    const owned = new Set(this.#owned.map(idKeyOf));
    let wanted = 0;
    for (const [topicId, partitions] of this.#target) {
      if (this.#unnamed.has(topicId)) continue;
      wanted += partitions.length;
      for (const partition of partitions) {
        if (!owned.has(idKeyOf({ topicId, partition }))) return false;
      }
    }
    return wanted === owned.size;
  }

  #ownedById(): { topicId: string; partitions: number[] }[] {
    const topics = new Map<string, number[]>();
    for (const { topicId, partition } of this.#owned) {
      const list = topics.get(topicId);
      if (list === undefined) topics.set(topicId, [partition]);
      else list.push(partition);
    }
    return Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions }));
  }
}

/** The same for the same partition of the same topic; one of a topic that was created anew is another. */
export function idKeyOf({
  topicId,
  partition,
}: Pick<OwnedPartition, 'topicId' | 'partition'>): string {
  return keyOf({ topic: topicId, partition });
}
