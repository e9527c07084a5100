import type { Random } from '@tidelog/platform';
import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { undescribedConsumer } from '../consumer-group/describe.ts';
import { refused } from '../consumer-group/heartbeat.ts';
import { Refusal } from '../consumer-group/refusal.ts';
import type { MachineOptions } from '../group/turn.ts';
import { CoordinatorFailure } from '../host/failure.ts';
import { heartbeatProblem } from './consumer-group-requests.ts';
import type { GroupRequestContext } from './group-coordinator.ts';
import type { GroupHosts } from './group-hosts.ts';

/** The APIs of groups of the consumer protocol (KIP-848). */
export class ConsumerGroups {
  readonly #hosts: GroupHosts;
  readonly #assignors: MachineOptions['assignors'];
  readonly #random: Random;

  constructor(hosts: GroupHosts, assignors: MachineOptions['assignors'], random: Random) {
    this.#hosts = hosts;
    this.#assignors = assignors;
    this.#random = random;
  }

  async heartbeat(
    request: RequestOf<'ConsumerGroupHeartbeat'>,
    context: GroupRequestContext,
  ): Promise<ResponseOf<'ConsumerGroupHeartbeat'>> {
    const problem = heartbeatProblem(request, context.apiVersion, this.#assignors);
    if (problem !== null) return refused(problem);
    const reply = await this.#hosts.submit<'ConsumerGroupHeartbeat'>(request.groupId, {
      api: 'ConsumerGroupHeartbeat',
      request,
      sender: context,
      newMemberId: this.#random.uuid(),
    });
    return reply instanceof CoordinatorFailure ? refused(new Refusal(reply.error)) : reply;
  }

  /** The broker fills in `authorizedOperations`. */
  async describe(
    request: RequestOf<'ConsumerGroupDescribe'>,
  ): Promise<ResponseOf<'ConsumerGroupDescribe'>> {
    const named = request.groupIds.filter((groupId) => groupId !== '');
    const described = await this.#hosts.forEachPartition(named, async (groupIds) => {
      const command = { api: 'ConsumerGroupDescribe', groupIds } as const;
      const reply = await this.#hosts.submit<'ConsumerGroupDescribe'>(groupIds[0]!, command);
      if (!(reply instanceof CoordinatorFailure)) return reply;
      const { code } = reply.error;
      return groupIds.map((groupId) => undescribedConsumer(groupId, code, null));
    });
    const nameless = request.groupIds.length - named.length;
    const { code } = errors.INVALID_GROUP_ID;
    const refusals = Array.from({ length: nameless }, () => undescribedConsumer('', code, null));
    return { groups: [...refusals, ...described] };
  }
}
