import type { Client, Producer } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { Cast } from './cast.ts';
import { PATIENCE_MS } from './connect.ts';
import { CrashingBroker } from './crashing-broker.ts';
import type { Wire } from './exactly-once/wire.ts';
import { withoutFileSync } from './planted-disk.ts';
import { Deliveries } from './share-groups/deliveries.ts';
import { GROUP, ShareMember, TOPIC } from './share-groups/share-member.ts';
import { awaken, createTopics } from './preparing.ts';
import { scenarioOf } from './scenario-of.ts';
import { Source } from './source.ts';

const MEMBERS = 3;
const PARTITIONS = 2;
const LOCK_MS = 2000;
const DELIVERY_COUNT_LIMIT = 4;

const plants = {
  locksTooShort: 'locks-too-short',
  refusalsBelieved: 'refusals-believed',
  shareStateWithoutFsync: 'share-state-without-fsync',
  beginningSkipped: 'beginning-skipped',
};

const properties = {
  'group.share.min.session.timeout.ms': '1000',
  'group.share.session.timeout.ms': '5000',
  'group.share.min.heartbeat.interval.ms': '100',
  'group.share.heartbeat.interval.ms': '200',
  'group.share.assignment.interval.ms': '100',
  'group.share.initialize.retry.interval.ms': '500',
  'group.share.min.record.lock.duration.ms': '1000',
  'group.share.record.lock.duration.ms': String(LOCK_MS),
  'group.share.delivery.count.limit': String(DELIVERY_COUNT_LIMIT),
  'share.coordinator.state.topic.num.partitions': '2',
  'share.coordinator.snapshot.update.records.per.snapshot': '5',
  'share.coordinator.state.topic.prune.interval.ms': '700',
  'share.coordinator.cold.partition.snapshot.interval.ms': '1500',
};

/**
 * Members of a share group (KIP-932) acquire records, accept, release and reject them, forget them, are too
 * slow, leave and fall silent, while the broker crashes. No record is with two of them while a lock
 * holds; none that was accepted or rejected comes again; none is passed over.
 */
export const shareGroups: Scenario = shareGroupsFor({ rounds: 8 });

/** The same story with so many crashes. */
export function shareGroupsFor({ rounds }: { rounds: number }): Scenario {
  return scenarioOf({
    name: 'share-groups',
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant),
  });
}

class Story {
  readonly #world: World;
  readonly #plant: string | undefined;
  readonly #random: SeededRandom;
  readonly #broker: CrashingBroker;
  readonly #deliveries = new Deliveries({
    lockMs: LOCK_MS,
    deliveryCountLimit: DELIVERY_COUNT_LIMIT,
  });
  readonly #cast: Cast;
  readonly #members: readonly ShareMember[];
  readonly #observer: Wire;
  readonly #client: Client;
  readonly #producer: Producer;
  /** By partition: how many records are acknowledged. */
  readonly #ends = Array.from({ length: PARTITIONS }, () => 0);
  readonly #source: Source;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#plant = plant;
    this.#random = world.random.fork('share-groups');
    const server = serverOf(world, plant);
    const failure = (): Error | undefined =>
      this.#source.failure ?? this.#members.find((member) => member.failure !== undefined)?.failure;
    const random = this.#random.fork('broker');
    this.#broker = new CrashingBroker({ world, random, server, failure });
    this.#cast = new Cast(world);
    this.#observer = this.#cast.wire('observer');
    this.#members = Array.from({ length: MEMBERS }, (_, i) => {
      const name = `member-${i}`;
      return new ShareMember({
        name,
        wire: this.#cast.wire(name),
        random: this.#random.fork(name),
        deliveries: this.#deliveries,
        lockMs: LOCK_MS,
        life: () => server.life,
        believesRefused: plant === plants.refusalsBelieved,
      });
    });
    this.#client = this.#cast.client('source');
    this.#producer = this.#client.producer({ lingerMs: 2, allowAutoTopicCreation: false });
    this.#source = new Source({
      world,
      random: this.#random,
      producer: this.#producer,
      topic: TOPIC,
      partitions: PARTITIONS,
      mostInFlight: 10,
      longestPauseMs: 100,
      witness: {
        ack: (partition, offset) => {
          this.#deliveries.produced(partition, offset);
          this.#ends[partition] = Math.max(this.#ends[partition]!, offset + 1);
        },
      },
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#broker.comeUp();
    const topicId = await this.#broker.finish(this.#prepare());
    for (let i = 0; i < 2 * PARTITIONS; i++) this.#source.send();
    await this.#broker.whileUp(() => this.#source.inFlight === 0);
    for (const member of this.#members) member.start(topicId);
    for (let round = 0; round < rounds; round++) {
      await this.#live(500 + this.#random.below(5000));
      await this.#broker.goDown((durationMs) => this.#live(durationMs));
      await this.#broker.comeUp();
      if (this.#random.oneIn(3)) await this.#examine();
    }
    await this.#examine();
    return `${this.#broker.crashes} crashes, ${this.#deliveries.count} deliveries`;
  }

  stop(): void {
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    this.#cast.leave();
  }

  /** Gives the id of the topic. */
  async #prepare(): Promise<string> {
    await using admin = this.#client.admin();
    await createTopics(this.#client, [{ topic: TOPIC, partitions: PARTITIONS }]);
    const value = this.#plant === plants.beginningSkipped ? 'latest' : 'earliest';
    const changes = [{ name: 'share.auto.offset.reset', operation: 'set', value } as const];
    await admin.incrementalAlterConfigs([{ type: 'group', name: GROUP, changes }]);
    await awaken(this.#observer, 'group', GROUP);
    const listed = await admin.listTopics();
    return listed.find(({ topic }) => topic === TOPIC)!.topicId!;
  }

  /** Lets time pass while records come in, until the broker goes down. */
  #live(durationMs: number): Promise<void> {
    const isDown = (): boolean => !this.#broker.running;
    return this.#source.flow(durationMs, (ms) => this.#broker.runFor(ms), isDown);
  }

  /** Left in peace, the members come to the end of all records. */
  async #examine(): Promise<void> {
    for (const member of this.#members) member.steady = true;
    await this.#broker.whileUp(() => this.#source.inFlight === 0);
    const lateMs = this.#world.nowMs + PATIENCE_MS / 2;
    while (!(await this.#broker.finish(this.#observe()))) {
      if (this.#world.nowMs > lateMs) throw new Violation('records are left that nobody gets');
      await this.#broker.runFor(200);
    }
    for (const member of this.#members) member.steady = false;
  }

  /** Whether the group is done with all records, as it says. */
  async #observe(): Promise<boolean> {
    const partitions = this.#ends.map((_, partition) => partition);
    const topics = [{ topicName: TOPIC, partitions }];
    const response = await this.#observer.ask(
      'DescribeShareGroupOffsets',
      1,
      { groups: [{ groupId: GROUP, topics }] },
      ({ groups }) => groups[0]!.errorCode || groups[0]!.topics[0]!.partitions[0]!.errorCode,
    );
    let isOver = true;
    for (const { partitionIndex, startOffset, lag } of response.groups[0]!.topics[0]!.partitions) {
      if (startOffset >= 0) this.#deliveries.startsAt(partitionIndex, startOffset);
      // What was done out of order, or last, the start offset moves over with the next write.
      if (lag === 0) this.#deliveries.doneBelow(partitionIndex, this.#ends[partitionIndex]!);
      isOver &&= lag === 0;
    }
    return isOver;
  }
}

function serverOf(world: World, plant: string | undefined): BrokerMachine {
  const isShort = plant === plants.locksTooShort;
  const changed = isShort ? { 'group.share.record.lock.duration.ms': String(LOCK_MS / 2) } : {};
  return new BrokerMachine(world, {
    properties: { ...properties, ...changed },
    planted: (disk) =>
      plant === plants.shareStateWithoutFsync
        ? withoutFileSync(disk, (path) => path.includes('/__share_group_state-'))
        : disk,
  });
}
