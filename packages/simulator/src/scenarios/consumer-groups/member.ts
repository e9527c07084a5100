import { errors, type ResponseOutput } from '@tidelog/protocol';
import type { SeededRandom } from '../../world/seeded-random.ts';
import { RefusedError, type Wire } from '../exactly-once/wire.ts';
import { GROUP, type GroupMember, TOPIC } from './group-member.ts';
import type { Ownership } from './ownership.ts';

const LEAVING = -1;
const HEARTBEAT_MS = 200;
const REBALANCE_TIMEOUT_MS = 4000;
/** The coordinator has gone on without this member: it joins anew. */
const FENCED = new Set([errors.FENCED_MEMBER_EPOCH.code, errors.UNKNOWN_MEMBER_ID.code]);

/** One member of a group of the new protocol, heartbeat by heartbeat. */
export class Member implements GroupMember {
  failure: Error | undefined;
  steady = false;
  epoch = 0;
  readonly owned = new Set<number>();
  readonly #name: string;
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #ownership: Ownership;
  /** Bug: it says that it has let go of partitions, and goes on with them. */
  readonly #keepsLost: boolean;
  readonly #kept = new Set<number>();
  #memberId = '';
  #joins = 0;
  #topicId = '';
  #hasNews = true;

  constructor(given: {
    readonly name: string;
    readonly wire: Wire;
    readonly random: SeededRandom;
    readonly ownership: Ownership;
    readonly keepsLost: boolean;
  }) {
    this.#keepsLost = given.keepsLost;
    this.#name = given.name;
    this.#wire = given.wire;
    this.#random = given.random;
    this.#ownership = given.ownership;
  }

  start(topicId: string): void {
    this.#topicId = topicId;
    this.#run().catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async #run(): Promise<void> {
    this.#forget();
    while (!this.#wire.closed) {
      try {
        await this.#heartbeat();
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (this.#wire.closed) return;
        if (!FENCED.has(error.code)) throw error;
        // It keeps its id, as clients do, and owns nothing any more.
        this.#rejoin();
      }
      await this.#wire.sleep(1 + this.#random.below(2 * HEARTBEAT_MS));
      if (!this.steady && this.#random.oneIn(60)) await this.#goAway();
    }
  }

  async #heartbeat(): Promise<void> {
    let saysAll = this.epoch === 0;
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    const response = await this.#ask(this.epoch, () => {
      const all = saysAll;
      // An answer that is lost may have had an assignment, which only who says all is told again.
      saysAll = true;
      return {
        ...(all && { subscribedTopicNames: [TOPIC], rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS }),
        topicPartitions: all || hasNews ? this.#topicPartitions() : null,
      };
    });
    this.epoch = response.memberEpoch;
    if (response.assignment !== null) {
      const [assigned] = response.assignment.topicPartitions;
      await this.#take(new Set(assigned?.partitions ?? []));
    }
    this.#ownership.claim(this.#memberId, this.epoch, [...this.owned, ...this.#kept]);
  }

  /** What it loses it may hold on to for a while; what it gets is its own at once. */
  async #take(assigned: ReadonlySet<number>): Promise<void> {
    const lost = [...this.owned].filter((partition) => !assigned.has(partition));
    const gained = [...assigned].filter((partition) => !this.owned.has(partition));
    if (lost.length + gained.length === 0) return;
    if (lost.length > 0) await this.#wire.sleep(this.#random.below(300));
    for (const partition of lost) {
      this.owned.delete(partition);
      if (this.#keepsLost) this.#kept.add(partition);
    }
    for (const partition of gained) this.owned.add(partition);
    this.#hasNews = true;
  }

  /** Leaves, or is not heard of until its session is over; and comes back as another. */
  async #goAway(): Promise<void> {
    if (this.#random.oneIn(2)) await this.#ask(LEAVING, () => ({})).catch(() => {});
    this.owned.clear();
    await this.#wire.sleep(this.#random.below(9000));
    this.#forget();
  }

  #forget(): void {
    this.#memberId = `${this.#name}-${++this.#joins}`;
    this.#rejoin();
  }

  #rejoin(): void {
    this.epoch = 0;
    this.owned.clear();
    this.#hasNews = true;
  }

  #topicPartitions(): { topicId: string; partitions: number[] }[] {
    if (this.owned.size === 0) return [];
    return [{ topicId: this.#topicId, partitions: [...this.owned] }];
  }

  #ask(
    memberEpoch: number,
    more: () => {
      readonly subscribedTopicNames?: string[];
      readonly rebalanceTimeoutMs?: number;
      readonly topicPartitions?: { topicId: string; partitions: number[] }[] | null;
    },
  ): Promise<ResponseOutput<'ConsumerGroupHeartbeat'>> {
    const memberId = this.#memberId;
    const request = () => ({ groupId: GROUP, memberId, memberEpoch, ...more() });
    return this.#wire.ask('ConsumerGroupHeartbeat', 1, request, ({ errorCode }) => errorCode);
  }
}
