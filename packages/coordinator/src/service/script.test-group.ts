import { DerivedRandom } from '@tidelog/platform';
import { errorOf, type KafkaError, type RequestOf, ZERO_UUID } from '@tidelog/protocol';
import { type GroupCoordinatorConfig, groupCoordinatorDefaults } from '../group/config.ts';
import { defaultGroupSettings } from '../group/settings.ts';
import { NO_TOPICS } from '../group/topics-view.ts';
import { ManualClock, settle } from '../host/manual.test-clock.ts';
import { MemoryLog } from '../host/memory.test-log.ts';
import { GroupCoordinator } from './group-coordinator.ts';

class CountingRandom extends DerivedRandom {
  #next = 0;

  uint32(): number {
    return Math.imul(++this.#next, 0x9e3779b1) >>> 0;
  }
}

const NEWEST = 100;

export type JoinRequest = RequestOf<'JoinGroup'>;

/** A coordinator of one partition, and short words for what clients ask of the group `g`. */
export class GroupScript {
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly coordinator: GroupCoordinator;
  readonly warnings: string[] = [];
  apiVersion = NEWEST;

  /** What the coordinator of transactions says. */
  verify: (
    commit: RequestOf<'TxnOffsetCommit'>,
    apiVersion: number,
  ) => Promise<{ verified: unknown } | KafkaError> = async () => ({ verified: undefined });

  constructor(
    config: Partial<GroupCoordinatorConfig> = {},
    log: MemoryLog = new MemoryLog(),
    clock: ManualClock = new ManualClock(),
  ) {
    this.clock = clock;
    this.log = log;
    this.coordinator = new GroupCoordinator({
      config: { ...groupCoordinatorDefaults, offsetsTopicPartitions: 1, ...config },
      clock,
      random: new CountingRandom(),
      topics: () => NO_TOPICS,
      settings: () => defaultGroupSettings,
      verify: (_partition, commit, apiVersion) => this.verify(commit, apiVersion),
      warn: (message) => this.warnings.push(message),
    });
  }

  static async start(config: Partial<GroupCoordinatorConfig> = {}): Promise<GroupScript> {
    const script = new GroupScript(config);
    await script.elect();
    return script;
  }

  /** The same log and clock, in a coordinator that remembers nothing. */
  async restart(config: Partial<GroupCoordinatorConfig> = {}): Promise<GroupScript> {
    this.coordinator.close();
    const next = new GroupScript(config, this.log, this.clock);
    await next.elect();
    return next;
  }

  async elect(): Promise<void> {
    this.coordinator.elected(0, this.log);
    await settle();
  }

  async isPending(promise: Promise<unknown>): Promise<boolean> {
    await settle();
    const pending = Symbol('pending');
    return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
  }

  /** Lets time pass until the promise resolves. */
  async eventually<T>(promise: Promise<T>): Promise<T> {
    for (let passed = 0; passed < 600; passed++) {
      if (!(await this.isPending(promise))) return promise;
      await this.clock.pass(500);
    }
    throw new Error('not answered in five minutes');
  }

  join(request: Partial<JoinRequest> & { clientId?: string } = {}) {
    const { clientId = 'client', ...rest } = request;
    return this.coordinator.joinGroup(
      {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 60_000,
        memberId: '',
        groupInstanceId: null,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription(['t']) }],
        reason: null,
        ...rest,
      },
      { apiVersion: this.apiVersion, clientId, clientHost: '/127.0.0.1' },
    );
  }

  /** Joins in the two steps that clients take since KIP-394; resolves when the second is answered. */
  async joinNew(request: Partial<JoinRequest> = {}) {
    const { memberId } = await this.join({ ...request, memberId: '' });
    return this.join({ ...request, memberId });
  }

  /** The given number of members, joined and assigned to themselves; the leader comes first. */
  async stableGroup(size: number, request: Partial<JoinRequest> = {}): Promise<string[]> {
    const joins = Array.from({ length: size }, () => this.joinNew(request));
    const joined = await this.eventually(Promise.all(joins));
    const memberIds = joined.map(({ memberId }) => memberId);
    const { generationId, leader } = joined[0]!;
    const assignments = memberIds.map((memberId) => ({
      memberId,
      assignment: Buffer.from(memberId),
    }));
    await Promise.all(
      memberIds.map((memberId) =>
        this.sync({
          memberId,
          generationId: generationId ?? -1,
          assignments: memberId === leader ? assignments : [],
        }),
      ),
    );
    return memberIds.toSorted((a, b) => Number(b === leader) - Number(a === leader));
  }

  sync(request: Partial<RequestOf<'SyncGroup'>>) {
    return this.coordinator.syncGroup(
      {
        groupId: 'g',
        generationId: 1,
        memberId: '',
        groupInstanceId: null,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [],
        ...request,
      },
      this.#context(),
    );
  }

  async heartbeat(request: Partial<RequestOf<'Heartbeat'>>): Promise<string> {
    const { errorCode } = await this.coordinator.heartbeat(
      { groupId: 'g', generationId: 1, memberId: '', groupInstanceId: null, ...request },
      this.#context(),
    );
    return errorOf(errorCode).name;
  }

  async leave(
    members: { memberId?: string; groupInstanceId?: string | null }[],
  ): Promise<string[]> {
    const response = await this.coordinator.leaveGroup(
      {
        groupId: 'g',
        memberId: members[0]?.memberId ?? '',
        members: members.map((member) => ({
          memberId: '',
          groupInstanceId: null,
          reason: null,
          ...member,
        })),
      },
      this.#context(),
    );
    if (response.errorCode !== 0) return [errorOf(response.errorCode).name];
    return (response.members ?? []).map(({ errorCode }) => errorOf(errorCode ?? 0).name);
  }

  async commit(options: {
    memberId?: string;
    generationId?: number;
    instanceId?: string | null;
    offset?: number;
    metadata?: string | null;
    topic?: string;
    topicId?: string;
    groupId?: string;
    retentionTimeMs?: number;
  }): Promise<string[]> {
    const { topics } = await this.coordinator.offsetCommit(
      {
        groupId: options.groupId ?? 'g',
        generationIdOrMemberEpoch: options.generationId ?? -1,
        memberId: options.memberId ?? '',
        groupInstanceId: options.instanceId ?? null,
        retentionTimeMs: options.retentionTimeMs ?? -1,
        topics: [
          {
            name: options.topic ?? 't',
            topicId: options.topicId ?? ZERO_UUID,
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: options.offset ?? 1,
                committedLeaderEpoch: -1,
                committedMetadata: options.metadata === undefined ? 'm' : options.metadata,
              },
            ],
          },
        ],
      },
      this.#context(),
    );
    return topics.flatMap(({ partitions }) =>
      partitions.map(({ errorCode }) => errorOf(errorCode).name),
    );
  }

  /** The offsets of partition 0 of each topic, or of all topics. */
  async fetch(topics: string[] | null = ['t'], requireStable = false, groupId = 'g') {
    const { groups } = await this.fetchRaw(topics, requireStable, groupId);
    const [group] = groups ?? [];
    if (group?.errorCode !== 0) return errorOf(group?.errorCode ?? -1).name;
    return (group.topics ?? []).flatMap(({ partitions }) =>
      (partitions ?? []).map(({ errorCode, committedOffset }) =>
        errorCode === 0 ? committedOffset : errorOf(errorCode ?? -1).name,
      ),
    );
  }

  fetchRaw(topics: string[] | null, requireStable = false, groupId = 'g', topicId = ZERO_UUID) {
    return this.coordinator.offsetFetch(
      {
        groupId: '',
        topics: [],
        groups: [
          {
            groupId,
            memberId: null,
            memberEpoch: -1,
            topics: topics?.map((name) => ({ name, topicId, partitionIndexes: [0] })) ?? null,
          },
        ],
        requireStable,
      },
      this.#context(),
    );
  }

  async describe(groupId = 'g') {
    const { groups } = await this.coordinator.describeGroups(
      { groups: [groupId], includeAuthorizedOperations: false },
      this.#context(),
    );
    return groups[0]!;
  }

  async deleteGroup(groupId = 'g'): Promise<string> {
    const { results } = await this.coordinator.deleteGroups({ groupsNames: [groupId] });
    return errorOf(results[0]!.errorCode).name;
  }

  async list(statesFilter: string[] = [], typesFilter: string[] = []): Promise<string[]> {
    const { groups } = await this.coordinator.listGroups({ statesFilter, typesFilter });
    return groups.map(({ groupId, groupState }) => `${groupId} ${groupState}`).toSorted();
  }

  #context() {
    return { apiVersion: this.apiVersion, clientId: 'client', clientHost: '/127.0.0.1' };
  }
}

/** A consumer's subscription, version 0. */
export function subscription(topics: readonly string[]): Buffer {
  const parts = [Buffer.from([0, 0]), int32(topics.length)];
  for (const topic of topics) parts.push(Buffer.from([0, topic.length]), Buffer.from(topic));
  return Buffer.concat([...parts, int32(-1)]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
