import { errors } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../host/manual.test-clock.ts';
import { type Producer, TransactionScript } from './script.test-transaction.ts';

const seldom = fc.constantFrom(true, false, false, false);
const mostly = fc.constantFrom(false, true, true, true);

/** Two programs with the same transactional id, time, brokers that fail, and a coordinator that does. */
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('init' as const), who: fc.nat(1) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      who: fc.nat(1),
      topic: fc.constantFrom('a', 'b', 'c'),
      verifyOnly: seldom,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      who: fc.nat(1),
      committed: fc.boolean(),
      again: seldom,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(90_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('brokers' as const),
      silent: seldom,
      down: seldom,
      error: fc.constantFrom(null, null, errors.NOT_LEADER_OR_FOLLOWER, errors.REQUEST_TIMED_OUT),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('replicates' as const), on: mostly }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'refuse' as const }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

class Crowd {
  script: TransactionScript;
  /** What each program has, and had before its last end. */
  readonly now: (Producer | null)[] = [null, null];
  readonly before: (Producer | null)[] = [null, null];
  /** The program that an id and epoch was given to. */
  readonly owners = new Map<string, number>();
  /** How each id and epoch ended, from markers. */
  readonly ends = new Map<string, boolean>();
  readonly committed = new Set<string>();
  readonly waiting: Promise<void>[] = [];
  readonly violations: string[] = [];
  markersSeen = 0;

  constructor(script: TransactionScript) {
    this.script = script;
    this.#watch();
  }

  async run(step: Operation): Promise<void> {
    const { script } = this;
    if (step.kind === 'init') this.#later(script.init(), (got) => this.#take(step.who, got));
    else if (step.kind === 'pass') await script.clock.pass(step.ms);
    else if (step.kind === 'brokers') {
      const { silent, down, error } = step;
      Object.assign(script.brokers, { silent, down });
      script.brokers.answers.clear();
      if (error !== null) script.brokers.answers.set('a', error);
    } else if (step.kind === 'replicates') this.#replicate(step.on);
    else if (step.kind === 'restart') await this.restart();
    else if (step.kind === 'refuse') {
      script.log.refusal = errors.NOT_LEADER_OR_FOLLOWER;
      this.#later(script.init(), () => {});
      await settle();
      script.log.refusal = null;
      await script.clock.pass(600);
    } else this.#asProducer(step);
    await settle();
  }

  #asProducer(step: Extract<Operation, { kind: 'add' | 'end' }>): void {
    const producer = this.now[step.who];
    if (!producer) return;
    if (step.kind === 'add') {
      const { topic, verifyOnly } = step;
      this.#later(this.script.add(producer, { [topic]: [0] }, { verifyOnly }), () => {});
      return;
    }
    const asked = step.again ? (this.before[step.who] ?? producer) : producer;
    this.#later(this.script.end(asked, step.committed), (got) => {
      if (typeof got === 'string') return;
      if (step.committed) this.committed.add(`${asked.producerId}/${asked.producerEpoch}`);
      this.before[step.who] = asked;
      this.#take(step.who, got);
    });
  }

  #replicate(on: boolean): void {
    this.script.log.replicates = on;
    if (on) this.script.log.replicate();
  }

  async restart(): Promise<void> {
    this.#replicate(true);
    const { brokers } = this.script;
    this.script = await this.script.restart();
    Object.assign(this.script.brokers, { silent: brokers.silent, down: brokers.down });
    this.#watch();
  }

  #later(answer: Promise<string | Producer>, take: (got: string | Producer) => void): void {
    this.waiting.push(answer.then(take));
  }

  #take(who: number, got: string | Producer): void {
    if (typeof got === 'string') return;
    const name = `${got.producerId}/${got.producerEpoch}`;
    expect(this.owners.get(name) ?? who, `two producers have ${name}`).toBe(who);
    this.owners.set(name, who);
    this.now[who] = got;
  }

  /** Each marker must be of an end that is replicated, and the same each time. */
  #watch(): void {
    const { brokers, log } = this.script;
    const send = brokers.writeMarkers.bind(brokers);
    brokers.writeMarkers = (request, nodeId) => {
      for (const { producerId, producerEpoch, transactionResult } of request.markers) {
        const name = `${producerId}/${producerEpoch}`;
        if (this.ends.get(name) === !transactionResult) this.violations.push(`${name} ends twice`);
        this.ends.set(name, transactionResult);
        const decided = this.script.events().slice(0, log.highWatermark).at(-1)?.value;
        const isDecided =
          decided?.state === (transactionResult ? 'PrepareCommit' : 'PrepareAbort') &&
          decided.producerId === producerId &&
          decided.producerEpoch === producerEpoch;
        if (!isDecided) this.violations.push(`${name} is marked before its end is decided`);
        this.markersSeen++;
      }
      return send(request, nodeId);
    };
  }
}

describe('two producers with one transactional id', () => {
  it('never have the same epoch, and each transaction ends in one way', {
    timeout: 20_000,
  }, async () => {
    let markersSeen = 0;
    const check = async (level: 1 | 2, steps: readonly Operation[]) => {
      const crowd = new Crowd(await TransactionScript.start());
      crowd.script.transactionVersion = level;
      for (const step of steps) await crowd.run(step);
      // Everything works again: whatever was decided is completed.
      await crowd.run({ kind: 'replicates', on: true });
      await crowd.run({ kind: 'brokers', silent: false, down: false, error: null });
      await crowd.restart();
      await crowd.run({ kind: 'pass', ms: 90_000 });
      await Promise.all(crowd.waiting);
      expect(crowd.violations).toEqual([]);
      markersSeen += crowd.markersSeen;
      const { transactionState } = await crowd.script.describe();
      expect(['', 'Empty', 'CompleteCommit', 'CompleteAbort']).toContain(transactionState);
      for (const name of crowd.committed) {
        const [id, epoch] = name.split('/').map(Number);
        expect(crowd.ends.get(`${id}/${epoch! + 1}`) ?? true, `${name} was committed`).toBe(true);
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1 as const, 2 as const),
        fc.array(operation, { minLength: 40, maxLength: 80 }),
        check,
      ),
      { numRuns: 25, seed: 1, endOnFailure: true },
    );
    expect(markersSeen).toBeGreaterThan(100);
  });
});
