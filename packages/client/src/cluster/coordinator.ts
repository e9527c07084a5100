import { type ApiName, errors, type RequestInput, type ResponseOutput } from '@tidelog/protocol';
import { isRetriable, type KafkaClientError } from '../client-error.ts';
import type { SendOptions } from './broker-connection.ts';
import type { Cluster, CoordinatorKind, Lane } from './cluster.ts';

/** The broker that coordinates a group or a transactional id: looked up when needed, and again when it moves. */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #key: string;
  readonly #lane: Lane;
  readonly #kind: CoordinatorKind;
  #node: number | null = null;

  constructor(cluster: Cluster, key: string, lane: Lane, kind: CoordinatorKind = 'group') {
    this.#cluster = cluster;
    this.#key = key;
    this.#lane = lane;
    this.#kind = kind;
  }

  async send<Name extends ApiName>(
    name: Name,
    request: RequestInput<Name>,
    options?: SendOptions,
  ): Promise<ResponseOutput<Name>> {
    this.#node ??= await this.#cluster.findCoordinator(this.#key, this.#kind);
    try {
      const target = { node: this.#node, lane: this.#lane };
      return await this.#cluster.send(target, name, request, options);
    } catch (error) {
      if (isRetriable(error)) this.#node = null;
      throw error;
    }
  }

  /** Takes note of an error that says that the coordinator is elsewhere. */
  heard(error: KafkaClientError): void {
    const { NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE } = errors;
    if (error.code === NOT_COORDINATOR.name || error.code === COORDINATOR_NOT_AVAILABLE.name) {
      this.#node = null;
    }
  }
}
