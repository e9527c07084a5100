import type { Timer } from '@tidelog/platform';
import { errors } from '@tidelog/protocol';
import { brokerError, KafkaClientError } from '../client-error.ts';
import { farewell } from '../cluster/broker-connection.ts';
import { Coordinator } from '../cluster/coordinator.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { backoffMs } from '../cluster/waiting.ts';
import { tellRebalanced } from '../diagnostics/record-events.ts';
import { shareKeyOf, type SharePartition } from './machines/acknowledgements.ts';
import { ShareMember } from './machines/share-member.ts';

/** Between heartbeats until the coordinator has said how often it wants them. */
const FIRST_INTERVAL_MS = 3000;

/** Whatever a coordinator asks for, heartbeats are not all that a member does. */
const SHORTEST_INTERVAL_MS = 100;
/** After a heartbeat whose answer has no partitions; then twice as long, up to the interval. */
const FIRST_LOOK_MS = 100;

/** A place in a share group: sends the heartbeats of a `ShareMember`, and tells of its assignment. */
export class ShareMembership {
  /** What ended it for good. */
  failure: KafkaClientError | null = null;
  readonly #cluster: Cluster;
  readonly #groupId: string;
  readonly #coordinator: Coordinator;
  readonly #member: ShareMember;
  readonly #onChange: () => void;
  #timer: Timer | null = null;
  #beating: Promise<void> | null = null;
  #intervalMs = FIRST_INTERVAL_MS;
  #failedBeats = 0;
  /** Answers in a row without a partition. */
  #idleBeats = 0;
  #naming = false;
  /** Of which the diagnostics have heard. */
  #told: ReadonlyMap<string, SharePartition> = new Map();

  constructor(options: {
    cluster: Cluster;
    groupId: string;
    rackId: string | null;
    lane: Lane;
    /** There is another assignment, or a failure. */
    onChange: () => void;
  }) {
    const { cluster, groupId, rackId } = options;
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#onChange = options.onChange;
    this.#coordinator = new Coordinator(cluster, groupId, options.lane);
    this.#member = new ShareMember({ groupId, memberId: cluster.platform.random.uuid(), rackId });
  }

  get memberId(): string {
    return this.#member.memberId;
  }

  subscribe(topics: readonly string[]): void {
    this.#member.subscribe(topics);
    this.#beatIn(0);
  }

  /** What to read, as far as the names of topics are known; the others are looked up. */
  partitions(): SharePartition[] {
    const { partitions, unnamed } = this.#named();
    if (unnamed.length > 0) this.#findNames(unnamed);
    return partitions;
  }

  #named(): { partitions: SharePartition[]; unnamed: string[] } {
    const { metadata } = this.#cluster;
    const unnamed: string[] = [];
    const partitions: SharePartition[] = [];
    for (const [topicId, numbers] of this.#member.assignment) {
      const topic = metadata.nameOf(topicId);
      if (topic === undefined) unnamed.push(topicId);
      else for (const partition of numbers) partitions.push({ topicId, topic, partition });
    }
    return { partitions, unnamed };
  }

  /** The session timeout does it where this is not heard. */
  async leave(): Promise<void> {
    this.#timer?.cancel();
    await this.#beating;
    this.#timer?.cancel();
    const isMember = this.#member.phase === 'member';
    this.#member.left();
    if (!isMember) return;
    await this.#coordinator
      .send('ShareGroupHeartbeat', this.#member.farewell(), farewell)
      .catch((error) => {
        if (!(error instanceof KafkaClientError)) throw error;
      });
  }

  #beatIn(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#beating !== null) return; // the next one is planned when it is answered
    this.#timer = this.#cluster.platform.clock.setTimer(delayMs, () => {
      this.#beating = this.#beat().finally(() => {
        this.#beating = null;
        const { phase } = this.#member;
        if (phase === 'joining' || phase === 'member') this.#beatIn(this.#pauseMs());
      });
    });
  }

  #pauseMs(): number {
    if (this.#failedBeats > 0) {
      const { retryBackoff } = this.#cluster.settings;
      return backoffMs(this.#cluster.platform.random, retryBackoff, this.#failedBeats - 1);
    }
    if (this.#member.isUrgent) return 0;
    if (this.#member.assignment.size > 0) return this.#intervalMs;
    // The state of new partitions is made while the first heartbeat is answered already.
    return Math.min(this.#intervalMs, FIRST_LOOK_MS * 2 ** this.#idleBeats++);
  }

  async #beat(): Promise<void> {
    const member = this.#member;
    const { term } = member;
    try {
      const response = await this.#coordinator.send('ShareGroupHeartbeat', member.heartbeat());
      if (term !== member.term) return;
      if (response.errorCode !== errors.NONE.code) {
        const subject = `share group ${this.#groupId}`;
        throw brokerError(response.errorCode, subject, response.errorMessage);
      }
      this.#failedBeats = 0;
      this.#intervalMs = Math.max(SHORTEST_INTERVAL_MS, response.heartbeatIntervalMs);
      if (member.answered(response)) this.#changed('revoked');
      if (member.assignment.size > 0) this.#idleBeats = 0;
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
      if (term === member.term) this.#absorb(error);
    }
  }

  #absorb(error: KafkaClientError): void {
    this.#member.unanswered();
    this.#coordinator.heard(error);
    this.#failedBeats++;
    if (error.code === 'FENCED_MEMBER_EPOCH' || error.code === 'UNKNOWN_MEMBER_ID') {
      this.#member.fenced();
    } else if (!error.retriable) {
      this.#member.refused();
      this.failure = error;
    } else {
      return;
    }
    this.#changed('lost');
  }

  /** There is another assignment; `gone`: how partitions went that are not in it. */
  #changed(gone: 'revoked' | 'lost'): void {
    const before = this.#told;
    const now = new Map(this.#named().partitions.map((place) => [shareKeyOf(place), place]));
    this.#told = now;
    const tell = (change: 'assigned' | 'revoked' | 'lost', places: SharePartition[]): void => {
      const partitions = places.map(({ topic, partition }) => ({ topic, partition }));
      if (places.length > 0) tellRebalanced(this.#cluster, this.#groupId, change, partitions);
    };
    tell(gone, valuesOutside(before, now));
    tell('assigned', valuesOutside(now, before));
    this.#onChange();
  }

  /** One look-up at a time; topics that were deleted meanwhile go with the next assignment. */
  #findNames(topicIds: readonly string[]): void {
    if (this.#naming) return;
    this.#naming = true;
    const { clock } = this.#cluster.platform;
    const { retryBackoff } = this.#cluster.settings;
    const done = (): void => {
      clock.setTimer(retryBackoff.initialMs, () => {
        this.#naming = false;
        if (this.#member.phase === 'member') this.#onChange();
      });
      this.#changed('revoked');
    };
    this.#cluster.refreshIds(topicIds).then(done, done);
  }
}

function valuesOutside<T>(map: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): T[] {
  return Array.from(map).flatMap(([key, value]) => (other.has(key) ? [] : [value]));
}
