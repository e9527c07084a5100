import type { Clock } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { CommandOf, GroupCommand, GroupReplies, GroupReply } from '../group/commands.ts';
import { type GroupEvent, groupEventCodec } from '../group/events.ts';
import { GroupMachine } from '../group/group-machine.ts';
import { partitionFor } from '../group/partition-for.ts';
import type { MachineOptions } from '../group/turn.ts';
import { CoordinatorHost } from '../host/coordinator-host.ts';
import type { CoordinatorLog, Transaction, TransactionEnd } from '../host/coordinator-log.ts';
import { CoordinatorFailure } from '../host/failure.ts';

type Host = CoordinatorHost<GroupCommand, GroupEvent, GroupReply>;
type Replied<Api extends GroupCommand['api']> = Promise<GroupReplies[Api] | CoordinatorFailure>;

export interface GroupHostsOptions extends Omit<MachineOptions, 'maxBatchSizeBytes'> {
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/** The partitions of `__consumer_offsets` that this broker leads, and the way of commands to them. */
export class GroupHosts {
  readonly #options: GroupHostsOptions;
  readonly #hosts = new Map<number, Host>();
  #closed = false;

  constructor(options: GroupHostsOptions) {
    this.#options = options;
  }

  /** Nothing is coordinated here any more, or not yet, and this is why. */
  get unavailable(): KafkaError {
    return this.#closed ? errors.COORDINATOR_NOT_AVAILABLE : errors.NOT_COORDINATOR;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  leads(partition: number): boolean {
    return this.#hosts.has(partition);
  }

  partitionFor(groupId: string): number {
    return partitionFor(groupId, this.#options.config.offsetsTopicPartitions);
  }

  elected(partition: number, log: CoordinatorLog): void {
    if (this.#closed) return;
    this.resigned(partition);
    const { config, clock, warn } = this.#options;
    const host: Host = new CoordinatorHost({
      log,
      clock,
      codec: groupEventCodec,
      create: ({ maxBatchSizeBytes }) => new GroupMachine({ ...this.#options, maxBatchSizeBytes }),
      commitTimeoutMs: config.commitTimeoutMs,
      appendLingerMs: config.appendLingerMs,
      warn: (message) => warn(`__consumer_offsets-${partition}: ${message}`),
    });
    this.#hosts.set(partition, host);
  }

  resigned(partition: number): void {
    this.#hosts.get(partition)?.close();
    this.#hosts.delete(partition);
  }

  endTransaction(partition: number, end: TransactionEnd): Promise<KafkaError | null> {
    const host = this.#hosts.get(partition);
    return host?.endTransaction(end) ?? Promise.resolve(errors.NOT_COORDINATOR);
  }

  close(): void {
    this.#closed = true;
    for (const partition of this.#hosts.keys()) this.resigned(partition);
  }

  /** To the partition of a group; within a transaction of a producer where one is given. */
  submit<Api extends GroupCommand['api']>(
    groupId: string,
    command: CommandOf<Api>,
    transaction?: Transaction,
  ): Replied<Api> {
    const host = this.#hosts.get(this.partitionFor(groupId));
    if (host !== undefined) return submitTo<Api>(host, command, transaction);
    return Promise.resolve(new CoordinatorFailure(this.unavailable));
  }

  /** For APIs that want a group with a name. */
  submitNamed<Api extends GroupCommand['api']>(
    groupId: string,
    command: CommandOf<Api>,
  ): Replied<Api> {
    if (groupId !== '') return this.submit<Api>(groupId, command);
    return Promise.resolve(new CoordinatorFailure(errors.INVALID_GROUP_ID));
  }

  /** To all partitions; one answer for each. */
  submitToAll<Api extends GroupCommand['api']>(
    command: CommandOf<Api>,
  ): Promise<(GroupReplies[Api] | CoordinatorFailure)[]> {
    return Promise.all([...this.#hosts.values()].map((host) => submitTo<Api>(host, command)));
  }

  /** Groups that live in one partition go there together. */
  async forEachPartition<Result>(
    groupIds: readonly string[],
    run: (groupIds: readonly string[]) => Promise<readonly Result[]>,
  ): Promise<Result[]> {
    const byPartition = new Map<number, string[]>();
    for (const groupId of groupIds) {
      const partition = this.partitionFor(groupId);
      const together = byPartition.get(partition);
      if (together === undefined) byPartition.set(partition, [groupId]);
      else together.push(groupId);
    }
    return (await Promise.all([...byPartition.values()].map(run))).flat();
  }
}

/** A command's reply is of its API: the machine answers each command in its own file. */
function submitTo<Api extends GroupCommand['api']>(
  host: Host,
  command: CommandOf<Api>,
  transaction?: Transaction,
): Replied<Api> {
  return host.submit(command, transaction) as Replied<Api>;
}
