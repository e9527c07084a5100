import type { ApiName, RequestInput, ResponseOutput } from '@tidelog/protocol';
import { errors } from '@tidelog/protocol';
import { asClientError, brokerError, KafkaClientError } from '../client-error.ts';
import type { SendOptions } from '../cluster/broker-connection.ts';
import type { Cluster, CoordinatorKind } from '../cluster/cluster.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import { findCoordinators } from './find-coordinators.ts';

/** Who is asked. */
export interface Target {
  /** Null where any broker will do. */
  readonly node: number | null;
  readonly send: <Name extends ApiName>(
    name: Name,
    request: RequestInput<Name>,
    options?: SendOptions,
  ) => Promise<ResponseOutput<Name>>;
}

/** Finds out whom to ask for what. */
export interface Route<Item> {
  /** Those that nobody can be asked for are given to `fail`; what is thrown is retried as a whole. */
  plan(
    items: readonly Item[],
    fail: (item: Item, error: KafkaClientError) => void,
  ): Promise<ReadonlyMap<Target, readonly Item[]>>;
  /** These were asked for in vain: what is known of their brokers may be old. */
  moved?(items: readonly Item[]): void | Promise<void>;
}

export function anyBroker(cluster: Cluster): Target {
  return { node: null, send: (...request) => cluster.sendToAny(...request) };
}

export function brokerTarget(cluster: Cluster, node: number): Target {
  return { node, send: (...request) => cluster.send({ node }, ...request) };
}

export function toAny<Item>(cluster: Cluster): Route<Item> {
  return { plan: (items) => Promise.resolve(new Map([[anyBroker(cluster), items]])) };
}

export function toController<Item>(cluster: Cluster): Route<Item> {
  const target: Target = {
    node: null,
    send: (name, request) => cluster.sendToController(name, request),
  };
  return {
    plan: (items) => Promise.resolve(new Map([[target, items]])),
    moved: () => {
      cluster.metadata.controllerId = -1;
    },
  };
}

/** To the broker that the item names, or to any. */
export function toBroker<Item>(
  cluster: Cluster,
  nodeOf: (item: Item) => number | null,
): Route<Item> {
  return {
    plan: async (items, fail) => {
      const nodes = items.map(nodeOf);
      const isKnown = (node: number | null): boolean =>
        node === null || cluster.metadata.broker(node) !== undefined;
      if (!nodes.every(isKnown)) await cluster.refresh([]);
      const known = items.filter((item) => {
        const node = nodeOf(item);
        if (isKnown(node)) return true;
        fail(item, brokerError(errors.BROKER_NOT_AVAILABLE.code, `broker ${node}`));
        return false;
      });
      return grouped(cluster, known, nodeOf);
    },
  };
}

/** To the leader of the item's partition. */
export function toLeader<Item>(
  cluster: Cluster,
  placeOf: (item: Item) => TopicPartition,
): Route<Item> {
  const topicsOf = (items: readonly Item[]) => new Set(items.map((item) => placeOf(item).topic));
  return {
    plan: async (items, fail) => {
      const stale = [...topicsOf(items)].filter((topic) => !cluster.isFresh(topic));
      const failure = stale.length > 0 ? await refreshTopics(cluster, stale) : null;
      const leaderOf = (item: Item): number => {
        const { topic, partition } = placeOf(item);
        return cluster.metadata.partition(topic, partition)?.leader ?? -1;
      };
      const led = items.filter((item) => {
        if (leaderOf(item) >= 0) return true;
        const place = placeOf(item);
        const known = cluster.metadata.partition(place.topic, place.partition) !== undefined;
        const { code } = known ? errors.LEADER_NOT_AVAILABLE : errors.UNKNOWN_TOPIC_OR_PARTITION;
        // Where nobody answered, nothing says that there is no such topic.
        fail(item, failure ?? brokerError(code, keyOf(place)));
        return false;
      });
      return grouped(cluster, led, leaderOf);
    },
    moved: async (items) => {
      await refreshTopics(cluster, topicsOf(items));
    },
  };
}

/** Gives the failure that may pass: what is known of other topics than those it is about may be used. */
async function refreshTopics(
  cluster: Cluster,
  topics: Iterable<string>,
): Promise<KafkaClientError | null> {
  try {
    await cluster.refresh(topics);
    return null;
  } catch (error) {
    const failure = asClientError(error);
    if (!(failure instanceof KafkaClientError)) throw failure;
    if (!failure.retriable) throw failure;
    return failure;
  }
}

/** To the coordinator of the item's group or transactional id. */
export function toCoordinator<Item>(
  cluster: Cluster,
  kind: CoordinatorKind,
  idOf: (item: Item) => string,
): Route<Item> {
  const found = new Map<string, number>();
  return {
    plan: async (items, fail) => {
      const wanted = [...new Set(items.map(idOf))].filter((id) => !found.has(id));
      const answers = await findCoordinators(cluster, kind, wanted);
      for (const [id, answer] of answers) if (typeof answer === 'number') found.set(id, answer);
      const coordinated = items.filter((item) => {
        const answer = found.get(idOf(item)) ?? answers.get(idOf(item));
        if (typeof answer === 'number') return true;
        fail(item, answer!);
        return false;
      });
      return grouped(cluster, coordinated, (item) => found.get(idOf(item))!);
    },
    moved: (items) => {
      for (const item of items) found.delete(idOf(item));
    },
  };
}

function grouped<Item>(
  cluster: Cluster,
  items: readonly Item[],
  nodeOf: (item: Item) => number | null,
): Map<Target, Item[]> {
  const byNode = new Map<number | null, Item[]>();
  for (const item of items) {
    const node = nodeOf(item);
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [item]);
    else list.push(item);
  }
  return new Map(
    Array.from(byNode, ([node, list]) => [
      node === null ? anyBroker(cluster) : brokerTarget(cluster, node),
      list,
    ]),
  );
}
