import type { Client } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { ClassicMember } from './consumer-groups/classic-member.ts';
import { GROUP, type GroupMember, PARTITIONS, TOPIC } from './consumer-groups/group-member.ts';
import { Member } from './consumer-groups/member.ts';
import { Ownership } from './consumer-groups/ownership.ts';
import { Cast } from './cast.ts';
import { PATIENCE_MS } from './connect.ts';
import { CrashingBroker } from './crashing-broker.ts';
import type { Wire } from './exactly-once/wire.ts';
import { withoutFileSync } from './planted-disk.ts';
import { awaken, createTopics } from './preparing.ts';
import { scenarioOf } from './scenario-of.ts';

const MEMBERS = 4;

type Protocol = 'classic' | 'consumer';

const plants = {
  groupsWithoutFsync: 'groups-without-fsync',
  lostPartitionsKept: 'lost-partitions-kept',
};

const properties = {
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '5000',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '200',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '300',
  'log.cleaner.backoff.ms': '200',
  'log.cleaner.min.cleanable.ratio': '0.01',
};

/**
 * Members of a group (KIP-848) join, leave, fall silent and come back, while the broker crashes. No
 * partition is owned by two of them in the same epoch, and when they are left in peace each partition
 * has an owner.
 */
export const consumerGroups: Scenario = consumerGroupsFor({ rounds: 8, protocol: 'consumer' });

/** The same with members of the classic protocol, and the generations of their group. */
export const classicGroups: Scenario = consumerGroupsFor({ rounds: 8, protocol: 'classic' });

/** The same story with so many crashes. */
export function consumerGroupsFor({
  rounds,
  protocol,
}: {
  rounds: number;
  protocol: Protocol;
}): Scenario {
  return scenarioOf({
    name: `${protocol}-groups`,
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant, protocol),
  });
}

class Story {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #broker: CrashingBroker;
  readonly #ownership = new Ownership();
  readonly #cast: Cast;
  readonly #members: readonly GroupMember[];
  readonly #operator: Wire;
  readonly #client: Client;

  constructor(world: World, plant: string | undefined, protocol: Protocol) {
    this.#world = world;
    this.#random = world.random.fork(`${protocol}-groups`);
    const isUnsynced = plant === plants.groupsWithoutFsync;
    const server = new BrokerMachine(world, {
      properties,
      ...(isUnsynced && {
        planted: (disk) => withoutFileSync(disk, (path) => path.includes('/__consumer_offsets-')),
      }),
    });
    const failure = (): Error | undefined =>
      this.#members.find((member) => member.failure !== undefined)?.failure;
    const random = this.#random.fork('broker');
    this.#broker = new CrashingBroker({ world, random, server, failure });
    this.#cast = new Cast(world);
    this.#operator = this.#cast.wire('operator');
    this.#members = Array.from({ length: MEMBERS }, (_, i) => {
      const name = `member-${i}`;
      const [wire, ownership] = [this.#cast.wire(name), this.#ownership];
      const keepsLost = plant === plants.lostPartitionsKept;
      const given = { name, wire, random: this.#random.fork(name), ownership, keepsLost };
      return protocol === 'classic' ? new ClassicMember(given) : new Member(given);
    });
    this.#client = this.#cast.client('admin');
  }

  async play(rounds: number): Promise<string> {
    await this.#broker.comeUp();
    const topicId = await this.#broker.finish(this.#prepare());
    for (const member of this.#members) member.start(topicId);
    for (let round = 0; round < rounds; round++) {
      await this.#broker.runFor(500 + this.#random.below(8000));
      await this.#broker.goDown((durationMs) => this.#broker.runFor(durationMs));
      await this.#broker.comeUp();
      if (this.#random.oneIn(2)) await this.#examine();
    }
    await this.#examine();
    return `${this.#broker.crashes} crashes, ${this.#ownership.claims} claims`;
  }

  stop(): void {
    this.#cast.leave();
  }

  /** Gives the id of the topic. */
  async #prepare(): Promise<string> {
    await using admin = this.#client.admin();
    await createTopics(this.#client, [{ topic: TOPIC, partitions: PARTITIONS }]);
    await awaken(this.#operator, 'group', GROUP);
    const listed = await admin.listTopics();
    return listed.find(({ topic }) => topic === TOPIC)!.topicId!;
  }

  /** Left in peace, the members come to share all partitions, in one epoch. */
  async #examine(): Promise<void> {
    for (const member of this.#members) member.steady = true;
    const isShared = (): boolean => {
      const owned = this.#members.flatMap((member) => [...member.owned]);
      const epochs = new Set(this.#members.map(({ epoch }) => epoch));
      const isWhole = owned.length === PARTITIONS && new Set(owned).size === PARTITIONS;
      return isWhole && epochs.size === 1 && !epochs.has(0);
    };
    const lateMs = this.#world.nowMs + PATIENCE_MS / 2;
    await this.#broker.whileUp(() => isShared() || this.#world.nowMs > lateMs);
    if (!isShared()) {
      const views = this.#members.map(({ epoch, owned }) => `${epoch}: ${[...owned].join(' ')}`);
      throw new Violation(`members left in peace do not come to share: ${views.join('; ')}`);
    }
    for (const member of this.#members) member.steady = false;
  }
}
