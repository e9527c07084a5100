import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  errors,
  type ResponseOutput,
} from '@tidelog/protocol';
import type { SeededRandom } from '../../world/seeded-random.ts';
import { RefusedError, type Wire } from '../exactly-once/wire.ts';
import { GROUP, type GroupMember, PARTITIONS, TOPIC } from './group-member.ts';
import type { Ownership } from './ownership.ts';

const HEARTBEAT_MS = 200;
const SESSION_TIMEOUT_MS = 5000;
const REBALANCE_TIMEOUT_MS = 3000;
const PROTOCOL_TYPE = 'consumer';
const PROTOCOL_NAME = 'roundrobin';
/** Of what members tell each other, with the two bytes that say so. */
const VERSION = 0;
const VERSION_BYTES = Buffer.alloc(2);
const SUBSCRIPTION = Buffer.concat([
  VERSION_BYTES,
  consumerProtocolSubscription.encode({ topics: [TOPIC] }, VERSION),
]);

const REBALANCE = errors.REBALANCE_IN_PROGRESS.code;
const UNKNOWN = errors.UNKNOWN_MEMBER_ID.code;
/** The member joins again, with the id that it has if that is still known. */
const REJOINING = new Set([REBALANCE, UNKNOWN, errors.ILLEGAL_GENERATION.code]);

/** One member of a group of the classic protocol, request by request; its leaders assign by round robin. */
export class ClassicMember implements GroupMember {
  failure: Error | undefined;
  steady = false;
  epoch = 0;
  readonly owned = new Set<number>();
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #ownership: Ownership;
  /** Bug: what it had in a generation it goes on with in the next. */
  readonly #keepsLost: boolean;
  readonly #kept = new Set<number>();
  #memberId = '';

  constructor(given: {
    readonly wire: Wire;
    readonly random: SeededRandom;
    readonly ownership: Ownership;
    readonly keepsLost: boolean;
  }) {
    this.#keepsLost = given.keepsLost;
    this.#wire = given.wire;
    this.#random = given.random;
    this.#ownership = given.ownership;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async #run(): Promise<void> {
    while (!this.#wire.closed) {
      try {
        await this.#live();
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (this.#wire.closed) return;
        if (!REJOINING.has(error.code)) throw error;
        if (error.code === UNKNOWN) this.#memberId = '';
        this.#letGo();
      }
      await this.#wire.sleep(this.#random.below(HEARTBEAT_MS));
    }
  }

  /** From a join to the end of that generation, or of its membership. */
  async #live(): Promise<void> {
    const joined = await this.#join();
    const generation = joined.generationId;
    await this.#sync(joined);
    this.epoch = generation;
    while (!this.#wire.closed) {
      this.#ownership.claim(this.#memberId, generation, [...this.owned, ...this.#kept]);
      await this.#wire.sleep(1 + this.#random.below(2 * HEARTBEAT_MS));
      if (!this.steady && this.#random.oneIn(60)) return this.#goAway();
      const request = { groupId: GROUP, generationId: generation, memberId: this.#memberId };
      await this.#wire.ask('Heartbeat', 4, request, ({ errorCode }) => errorCode);
    }
  }

  async #join(): Promise<ResponseOutput<'JoinGroup'>> {
    const request = {
      groupId: GROUP,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      protocolType: PROTOCOL_TYPE,
      protocols: [{ name: PROTOCOL_NAME, metadata: Buffer.from(SUBSCRIPTION) }],
    };
    const joinAs = (memberId: string) =>
      this.#wire.ask('JoinGroup', 9, { ...request, memberId }, ({ errorCode }) =>
        errorCode === errors.MEMBER_ID_REQUIRED.code ? errors.NONE.code : errorCode,
      );
    let answer = await joinAs(this.#memberId);
    this.#memberId = answer.memberId;
    if (answer.errorCode !== errors.NONE.code) answer = await joinAs(this.#memberId);
    return answer;
  }

  /** Hears what is its own; a leader tells all of them. */
  async #sync({ generationId, leader, members }: ResponseOutput<'JoinGroup'>): Promise<void> {
    const assignments = members.map(({ memberId }, at) => {
      const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
      return { memberId, assignment: assignmentOf(all.filter((i) => i % members.length === at)) };
    });
    const isLeader = leader === this.#memberId;
    const answer = await this.#wire.ask(
      'SyncGroup',
      5,
      {
        groupId: GROUP,
        generationId,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocolName: PROTOCOL_NAME,
        assignments: isLeader ? assignments : [],
      },
      ({ errorCode }) => errorCode,
    );
    const bytes = answer.assignment.subarray(VERSION_BYTES.length);
    const { assignedPartitions } = consumerProtocolAssignment.decode(bytes, VERSION);
    for (const partition of assignedPartitions[0]?.partitions ?? []) this.owned.add(partition);
  }

  /** Leaves, or is not heard of until its session is over; and comes back as another. */
  async #goAway(): Promise<void> {
    if (this.#random.oneIn(2)) {
      const request = { groupId: GROUP, members: [{ memberId: this.#memberId }] };
      await this.#wire.ask('LeaveGroup', 5, request, ({ errorCode }) => errorCode).catch(() => {});
    }
    this.#letGo();
    this.#memberId = '';
    await this.#wire.sleep(this.#random.below(9000));
  }

  #letGo(): void {
    if (this.#keepsLost) for (const partition of this.owned) this.#kept.add(partition);
    this.owned.clear();
    this.epoch = 0;
  }
}

function assignmentOf(partitions: number[]): Buffer {
  const assignment = { assignedPartitions: [{ topic: TOPIC, partitions }] };
  return Buffer.concat([VERSION_BYTES, consumerProtocolAssignment.encode(assignment, VERSION)]);
}
