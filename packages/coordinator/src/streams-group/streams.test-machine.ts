import type { RequestOf } from '@tidelog/protocol';
import { TestTopics } from '../consumer-group/consumers.test-machine.ts';
import { MachineDriver } from '../group/driver.test-machine.ts';
import { defaultGroupSettings, type StreamsSettings } from '../group/settings.ts';
import type { StreamsHeartbeatReply } from './commands.ts';
import type { StreamsGroup } from './streams-group.ts';
import type { SentTopology } from './topology.ts';

type Heartbeat = RequestOf<'StreamsGroupHeartbeat'>;
type Part = SentTopology['subtopologies'][number];

export function part(subtopologyId: string, fields: Partial<Part> = {}): Part {
  return {
    subtopologyId,
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...fields,
  };
}

export function internal(name: string, partitions = 0): Part['stateChangelogTopics'][number] {
  return { name, partitions, replicationFactor: 0, topicConfigs: [] };
}

/** A group machine with topics, and short words for what members of the streams group `g` say. */
export class Streams {
  readonly topics = new TestTopics();
  readonly driver: MachineDriver;
  topology: SentTopology = { epoch: 0, subtopologies: [part('0', { sourceTopics: ['in'] })] };

  constructor(streams: Partial<StreamsSettings> = {}) {
    const settings = {
      ...defaultGroupSettings,
      streams: {
        ...defaultGroupSettings.streams,
        initialRebalanceDelayMs: 0,
        assignmentIntervalMs: 0,
        ...streams,
      },
    };
    this.driver = new MachineDriver({ topics: () => this.topics, settings: () => settings });
  }

  get group(): StreamsGroup {
    return this.driver.machine.table.find('g', 'streams')!;
  }

  setTopic(name: string, partitionCount: number): void {
    const created = this.topics.byName(name) === undefined;
    this.topics.set(name, partitionCount);
    this.driver.submit({ api: 'TopicsChanged', change: { names: [name], created } });
  }

  beat(memberId: string, fields: Partial<Heartbeat> = {}): StreamsHeartbeatReply {
    const member = this.driver.machine.table.find('g', 'streams')?.members.get(memberId);
    const request: Heartbeat = {
      groupId: 'g',
      memberId,
      memberEpoch: member?.ownership.memberEpoch ?? 0,
      endpointInformationEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      topology: null,
      activeTasks: null,
      standbyTasks: null,
      warmupTasks: null,
      processId: null,
      userEndpoint: null,
      clientTags: null,
      taskOffsets: null,
      taskEndOffsets: null,
      shutdownApplication: false,
      ...fields,
    };
    const sender = { apiVersion: 0, clientId: 'c', clientHost: '/h' };
    const id = this.driver.submit({ api: 'StreamsGroupHeartbeat', request, sender });
    return this.driver.answered.get(id) as StreamsHeartbeatReply;
  }

  join(memberId: string, fields: Partial<Heartbeat> = {}): StreamsHeartbeatReply {
    return this.beat(memberId, {
      memberEpoch: 0,
      rebalanceTimeoutMs: 10_000,
      processId: `process of ${memberId}`,
      topology: this.topology,
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      ...fields,
    });
  }

  /** A heartbeat of a member that has done all that it was told. */
  settle(memberId: string): StreamsHeartbeatReply {
    const { assigned } = this.group.members.get(memberId)!.ownership;
    const list = (tasks: ReadonlyMap<string, { keys(): Iterable<number> }>) =>
      [...tasks].map(([id, partitions]) => ({
        subtopologyId: id,
        partitions: [...partitions.keys()],
      }));
    return this.beat(memberId, {
      activeTasks: list(assigned.active),
      standbyTasks: list(assigned.standby),
      warmupTasks: list(assigned.warmup),
    });
  }

  /** `0_1 0_2` */
  tasks(memberId: string): string {
    const { active } = this.group.members.get(memberId)!.ownership.assigned;
    return [...active]
      .flatMap(([id, partitions]) => [...partitions.keys()].map((p) => `${id}_${p}`))
      .toSorted()
      .join(' ');
  }
}
