import { errors, type RequestInput, type ResponseOutput } from '@tidelog/protocol';
import type { SeededRandom } from '../../world/seeded-random.ts';
import { PASSING, RefusedError, type Wire } from '../exactly-once/wire.ts';
import { ACCEPT, type Answer, type Deliveries, REJECT, RELEASE } from './deliveries.ts';

export const GROUP = 'sharers';
export const TOPIC = 'work';

const LEAVING = -1;
const HEARTBEAT_MS = 200;
const MOST_RECORDS = 8;
const FETCH_BYTES = 100_000;
/** The group has gone on without this member. */
const FENCED = new Set([errors.FENCED_MEMBER_EPOCH.code, errors.UNKNOWN_MEMBER_ID.code]);
const NO_SESSION = new Set([
  errors.SHARE_SESSION_NOT_FOUND.code,
  errors.INVALID_SHARE_SESSION_EPOCH.code,
]);
const NOT_HELD = errors.INVALID_RECORD_STATE.code;

type Topics = RequestInput<'ShareFetch'>['topics'];

export interface ShareMemberOptions {
  readonly name: string;
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly deliveries: Deliveries;
  readonly lockMs: number;
  /** Of the broker; changes whenever that starts or ends. */
  readonly life: () => number;
  /** Bug: acknowledgements that were refused are taken for made. */
  readonly believesRefused: boolean;
}

/** One member of a share group (KIP-932), request by request. */
export class ShareMember {
  failure: Error | undefined;
  /** It accepts all that it gets, in time, and does not go away. */
  steady = false;
  readonly #options: ShareMemberOptions;
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #deliveries: Deliveries;
  #memberId = '';
  #joins = 0;
  #epoch = 0;
  #nextBeatMs = 0;
  #topicId = '';
  #assigned: readonly number[] = [];
  #sessionEpoch = 0;
  #inSession: readonly number[] = [];
  /** What it has been given and has not answered. */
  #held: Answer[] = [];

  constructor(options: ShareMemberOptions) {
    this.#options = options;
    this.#wire = options.wire;
    this.#random = options.random;
    this.#deliveries = options.deliveries;
    this.#wire.onBroken = () => this.#loseSession();
  }

  start(topicId: string): void {
    this.#topicId = topicId;
    this.#run().catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async #run(): Promise<void> {
    this.#beAnother();
    while (!this.#wire.closed) {
      try {
        await this.#work();
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (this.#wire.closed) return;
        if (FENCED.has(error.code)) this.#epoch = 0;
        else if (NO_SESSION.has(error.code)) this.#loseSession();
        else throw error;
      }
      await this.#wire.sleep(1 + this.#random.below(50));
    }
  }

  async #work(): Promise<void> {
    if (this.#wire.now() >= this.#nextBeatMs) await this.#heartbeat();
    if (this.#epoch === 0 || this.#assigned.length === 0) return;
    const answers = this.#draw();
    const isApart = this.#sessionEpoch === 0 || this.#random.oneIn(2);
    if (answers.length > 0 && isApart) await this.#acknowledge(answers);
    await this.#fetch(isApart ? [] : answers);
    if (this.steady) return;
    if (this.#random.oneIn(20))
      await this.#wire.sleep(this.#random.below(2 * this.#options.lockMs));
    if (this.#random.oneIn(40)) await this.#goAway();
  }

  async #heartbeat(): Promise<void> {
    this.#nextBeatMs = this.#wire.now() + HEARTBEAT_MS;
    const answer = await this.#beat(this.#epoch);
    this.#epoch = answer.memberEpoch;
    if (answer.assignment !== null) {
      this.#assigned = answer.assignment.topicPartitions[0]?.partitions ?? [];
    }
  }

  #beat(memberEpoch: number): Promise<ResponseOutput<'ShareGroupHeartbeat'>> {
    const subscribedTopicNames = memberEpoch === 0 ? [TOPIC] : null;
    const request = { groupId: GROUP, memberId: this.#memberId, memberEpoch, subscribedTopicNames };
    return this.#wire.ask('ShareGroupHeartbeat', 1, request, ({ errorCode }) => errorCode);
  }

  /** What it makes of the records that it holds; some it goes on with, and some it forgets. */
  #draw(): Answer[] {
    const held = this.#held;
    this.#held = [];
    const answers: Answer[] = [];
    for (const answer of held) {
      const draw = this.steady ? 9 : this.#random.below(20);
      if (draw === 0) continue;
      if (draw < 3) this.#held.push(answer);
      else answers.push({ ...answer, type: draw < 6 ? RELEASE : draw === 6 ? REJECT : ACCEPT });
    }
    return answers.toSorted((a, b) => a.offset - b.offset);
  }

  async #fetch(answers: readonly Answer[]): Promise<void> {
    const isFirst = this.#sessionEpoch === 0;
    const known = new Set(isFirst ? [] : this.#inSession);
    const added = this.#assigned.filter((partition) => !known.has(partition));
    const gone = [...known].filter((partition) => !this.#assigned.includes(partition));
    const { life } = this.#options;
    const [askedAtMs, askedOf] = [this.#wire.now(), life()];
    this.#begin(answers);
    let response: ResponseOutput<'ShareFetch'>;
    try {
      response = await this.#wire.ask(
        'ShareFetch',
        2,
        {
          ...this.#session(),
          maxWaitMs: this.#random.below(500),
          minBytes: 1,
          maxBytes: FETCH_BYTES,
          maxRecords: MOST_RECORDS,
          batchSize: MOST_RECORDS,
          shareAcquireMode: this.#random.below(2),
          topics: this.#topics(added, answers),
          forgottenTopicsData:
            gone.length === 0 ? [] : [{ topicId: this.#topicId, partitions: gone }],
        },
        ({ errorCode }) => errorCode,
      );
    } finally {
      if (life() !== askedOf) this.#deliveries.lostAnswers++;
    }
    const isSameLife = life() === askedOf;
    this.#sessionEpoch = isFirst ? 1 : this.#sessionEpoch + 1;
    this.#inSession = this.#assigned;
    const heardAtMs = this.#wire.now();
    for (const partition of response.responses.flatMap(({ partitions }) => partitions)) {
      expectPassing('ShareFetch', partition.errorCode);
      this.#settle(answers, partition.partitionIndex, partition.acknowledgeErrorCode);
      for (const { firstOffset, lastOffset, deliveryCount } of partition.acquiredRecords) {
        const range = { partition: partition.partitionIndex, first: firstOffset, last: lastOffset };
        const memberId = this.#memberId;
        const when = { askedAtMs, heardAtMs, life: isSameLife ? askedOf : undefined };
        this.#deliveries.acquired({ memberId, ...range, deliveryCount, ...when });
        for (let offset = firstOffset; offset <= lastOffset; offset++) {
          this.#held.push({ partition: range.partition, offset, deliveryCount, type: ACCEPT });
        }
      }
    }
  }

  async #acknowledge(answers: readonly Answer[]): Promise<void> {
    if (this.#sessionEpoch === 0) return;
    this.#begin(answers);
    const response = await this.#wire.ask(
      'ShareAcknowledge',
      2,
      { ...this.#session(), topics: this.#topics([], answers) },
      ({ errorCode }) => errorCode,
    );
    this.#sessionEpoch++;
    for (const { partitionIndex, errorCode } of response.responses[0]!.partitions) {
      this.#settle(answers, partitionIndex, errorCode);
    }
  }

  #session(): { groupId: string; memberId: string; shareSessionEpoch: number } {
    return { groupId: GROUP, memberId: this.#memberId, shareSessionEpoch: this.#sessionEpoch };
  }

  /** Partitions to fetch, and what is acknowledged of any. */
  #topics(added: readonly number[], answers: readonly Answer[]): Topics {
    const indexes = new Set([...added, ...answers.map(({ partition }) => partition)]);
    const partitions = [...indexes].map((partitionIndex) => ({
      partitionIndex,
      acknowledgementBatches: answers
        .filter(({ partition }) => partition === partitionIndex)
        .map(({ offset, type }) => {
          return { firstOffset: offset, lastOffset: offset, acknowledgeTypes: [type] };
        }),
    }));
    return partitions.length === 0 ? [] : [{ topicId: this.#topicId, partitions }];
  }

  #begin(answers: readonly Answer[]): void {
    for (const answer of answers) this.#deliveries.answers(this.#memberId, answer);
  }

  #settle(answers: readonly Answer[], partition: number, code: number): void {
    if (code !== NOT_HELD) expectPassing('acknowledging', code);
    const isMade = code === errors.NONE.code || this.#options.believesRefused;
    if (!isMade) return;
    for (const answer of answers) {
      if (answer.partition === partition) this.#deliveries.settled(answer, this.#wire.now());
    }
  }

  /** Leaves, giving back what it holds, or falls silent; and comes back as another. */
  async #goAway(): Promise<void> {
    if (this.#random.oneIn(2)) {
      this.#deliveries.letGo(this.#memberId);
      this.#held = [];
      this.#sessionEpoch = LEAVING;
      const request = { ...this.#session(), topics: [] };
      await this.#wire.ask('ShareAcknowledge', 2, request, ({ errorCode }) => errorCode);
      await this.#beat(LEAVING);
    }
    await this.#wire.sleep(this.#random.below(6000));
    this.#beAnother();
  }

  #beAnother(): void {
    this.#memberId = `${this.#options.name}-${++this.#joins}`;
    this.#epoch = 0;
    this.#assigned = [];
    this.#sessionEpoch = 0;
    this.#held = [];
  }

  #loseSession(): void {
    this.#deliveries.letGo(this.#memberId);
    this.#held = [];
    this.#sessionEpoch = 0;
  }
}

function expectPassing(what: string, code: number): void {
  if (code !== errors.NONE.code && !PASSING.has(code)) throw new RefusedError(what, code);
}
