import { type Network, NodeRandom } from '@tidelog/platform';
import type { ApiName, RequestOf, ResponseOf } from '@tidelog/protocol';
import { createClient } from '../client.ts';
import { type Answer, ScriptedBroker } from './scripted-broker.ts';

/** Several brokers in memory on one clock. Who leads and coordinates what, a test says and changes. */
export class ScriptedCluster {
  readonly brokers: ReadonlyMap<number, ScriptedBroker>;
  /** The leader of each partition, by topic. */
  readonly leaders = new Map<string, number[]>();
  /** By group or transactional id; the first broker where it is not said. */
  readonly coordinators = new Map<string, number>();
  controllerId: number;
  readonly #first: ScriptedBroker;

  constructor(...ids: readonly [number, ...number[]]) {
    this.brokers = new Map(ids.map((id) => [id, new ScriptedBroker()]));
    this.#first = this.broker(ids[0]);
    this.controllerId = ids[0];
    this.onAll('Metadata', (_, { topics }) => this.#metadata(topics));
    this.onAll('FindCoordinator', (_, request) => {
      const { key, coordinatorKeys } = request;
      const found = (id: string) => this.#address(this.coordinators.get(id) ?? ids[0]);
      const coordinators = coordinatorKeys.map((id) => ({ key: id, errorCode: 0, ...found(id) }));
      return { errorCode: 0, ...found(key), coordinators };
    });
  }

  get clock() {
    return this.#first.clock;
  }

  broker(id: number): ScriptedBroker {
    return this.brokers.get(id)!;
  }

  /** Lets all brokers answer; the answer is told which of them it speaks for. */
  onAll<Name extends ApiName>(
    name: Name,
    answer: (node: number, request: RequestOf<Name>) => Answer<Name>,
  ): this {
    for (const [id, broker] of this.brokers) broker.on(name, (request) => answer(id, request));
    return this;
  }

  admin() {
    return this.client().admin();
  }

  /** A client that knows only the first broker. */
  client() {
    const network: Network = {
      listen: () => Promise.reject(new Error('nobody listens here')),
      connect: (address) => this.broker(address.port).platform.network.connect(address),
    };
    return createClient({
      bootstrapServers: `broker:${[...this.brokers.keys()][0]}`,
      platform: { clock: this.clock, random: new NodeRandom(), network },
      apiTimeoutMs: 5000,
    });
  }

  #address(nodeId: number) {
    return { nodeId, host: 'broker', port: nodeId };
  }

  #metadata(topics: RequestOf<'Metadata'>['topics']): ResponseOf<'Metadata'> {
    const all = [...this.leaders.keys()];
    // All topics have the same id: it is asked for where there is one.
    const wanted = topics?.map(({ name }) => name ?? all[0] ?? '') ?? all;
    return {
      brokers: Array.from(this.brokers.keys(), (id) => this.#address(id)),
      clusterId: 'cluster',
      controllerId: this.controllerId,
      topics: wanted.map((name) => {
        const leaders = this.leaders.get(name);
        return {
          errorCode: leaders === undefined ? 3 : 0,
          name,
          topicId: 'AH2wIO8ZSpa_xIcUNk3hfA',
          partitions: (leaders ?? []).map((leaderId, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId,
            leaderEpoch: 0,
            replicaNodes: [leaderId],
            isrNodes: [leaderId],
          })),
        };
      }),
    };
  }
}
