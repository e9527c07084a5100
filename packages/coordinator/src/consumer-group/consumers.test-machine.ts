import { errorOf, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { groupCoordinatorDefaults } from '../group/config.ts';
import { MachineDriver } from '../group/driver.test-machine.ts';
import type { GroupMachine } from '../group/group-machine.ts';
import { defaultGroupSettings } from '../group/settings.ts';
import type { TopicsView, TopicView } from '../group/topics-view.ts';
import type { ConsumerGroup } from './consumer-group.ts';

type Heartbeat = RequestOf<'ConsumerGroupHeartbeat'>;
type Reply = ResponseOf<'ConsumerGroupHeartbeat'>;

/** Topics that a test makes and changes. */
export class TestTopics implements TopicsView {
  readonly #topics = new Map<string, TopicView>();
  version = 0;

  set(name: string, partitionCount: number): void {
    this.version++;
    this.#topics.set(name, { name, id: topicId(name), partitionCount, racks: () => [] });
  }

  delete(name: string): void {
    this.version++;
    this.#topics.delete(name);
  }

  byName(name: string): TopicView | undefined {
    return this.#topics.get(name);
  }

  byId(id: string): TopicView | undefined {
    return this.#topics.get(Buffer.from(id, 'base64url').toString().trim());
  }

  names(): Iterable<string> {
    return this.#topics.keys();
  }
}

export function topicId(name: string): string {
  return Buffer.from(name.padEnd(16)).toString('base64url');
}

/** A group machine with topics, and short words for what members of the group `g` say. */
export class Consumers {
  readonly topics = new TestTopics();
  readonly driver: MachineDriver;

  constructor(
    config: Partial<typeof groupCoordinatorDefaults> = {},
    consumer: Partial<typeof defaultGroupSettings.consumer> = {},
  ) {
    const settings = {
      ...defaultGroupSettings,
      consumer: { ...defaultGroupSettings.consumer, ...consumer },
    };
    this.driver = new MachineDriver({
      config: { ...groupCoordinatorDefaults, ...config },
      topics: () => this.topics,
      settings: () => settings,
    });
  }

  get group(): ConsumerGroup {
    return this.driver.machine.table.find('g', 'consumer')!;
  }

  setTopic(name: string, partitionCount: number): void {
    const created = this.topics.byName(name) === undefined;
    this.topics.set(name, partitionCount);
    this.driver.submit({ api: 'TopicsChanged', change: { names: [name], created } });
  }

  deleteTopic(name: string): void {
    this.topics.delete(name);
    this.driver.submit({ api: 'TopicsChanged', change: { names: [name], created: false } });
  }

  beat(memberId: string, request: Partial<Heartbeat> = {}): Reply {
    const id = this.driver.submit({
      api: 'ConsumerGroupHeartbeat',
      request: {
        groupId: 'g',
        memberId,
        memberEpoch: 0,
        instanceId: null,
        rackId: null,
        rebalanceTimeoutMs: -1,
        subscribedTopicNames: null,
        subscribedTopicRegex: null,
        serverAssignor: null,
        topicPartitions: null,
        ...request,
      },
      sender: { apiVersion: 1, clientId: 'c', clientHost: '/h' },
      newMemberId: 'generated',
    });
    return this.driver.answered.get(id) as Reply;
  }

  join(memberId: string, request: Partial<Heartbeat> = {}): Reply {
    const first = { memberEpoch: 0, rebalanceTimeoutMs: 30_000, topicPartitions: [] };
    const topics = request.subscribedTopicRegex === undefined ? ['t'] : null;
    return this.beat(memberId, { ...first, subscribedTopicNames: topics, ...request });
  }

  /** The member acts as a client does: it has what it was last given, and says so. */
  step(memberId: string, request: Partial<Heartbeat> = {}): Reply {
    const { memberEpoch, assigned } = this.group.members.get(memberId)!.ownership;
    const topicPartitions = [...assigned].map(([id, partitions]) => ({
      topicId: id,
      partitions: [...partitions.keys()],
    }));
    return this.beat(memberId, { memberEpoch, topicPartitions, ...request });
  }

  /** Who has what, as `a: t0 t1 (t2) b: ...`; what is being given up is in brackets. */
  owned(): string {
    return [...this.group.members.values()]
      .map(({ memberId, ownership }) => {
        const list = (part: ReadonlyMap<string, ReadonlyMap<number, number>>) =>
          [...part].flatMap(([id, ps]) =>
            [...ps.keys()]
              .toSorted((x, y) => x - y)
              .map((p) => `${Buffer.from(id, 'base64url').toString().trim()}${p}`),
          );
        const revoking = list(ownership.revoking).map((name) => `(${name})`);
        return `${memberId}: ${[...list(ownership.assigned), ...revoking].join(' ')}`;
      })
      .join('; ');
  }
}

export function nameOf(reply: { readonly errorCode: number }): string {
  return errorOf(reply.errorCode).name;
}

/** What must survive. */
export function snapshotOf(machine: GroupMachine): string {
  const group = machine.table.find('g', 'consumer');
  if (group === undefined) return 'none';
  const members = [...group.members.values()].toSorted((a, b) =>
    a.memberId < b.memberId ? -1 : 1,
  );
  return JSON.stringify({
    epochs: [group.groupEpoch, group.assignmentEpoch, group.assignmentTimestampMs],
    hash: String(group.metadataHash),
    topics: [...group.topics.names()].toSorted(),
    regexes: [...group.topics.resolved].map(([regex, { topics }]) => [
      regex,
      [...topics].toSorted(),
    ]),
    members: members.map(({ memberId, subscription, ownership }) => ({
      memberId,
      subscription,
      target: plain(group.target.get(memberId) ?? new Map()),
      ...ownership,
      assigned: plain(ownership.assigned),
      revoking: plain(ownership.revoking),
    })),
  });
}

function plain(partitions: ReadonlyMap<string, Iterable<unknown>>): unknown {
  return [...partitions].map(([topicId, of]) => [topicId, [...of].map(String)]);
}
