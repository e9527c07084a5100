import { errors } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';

/** A topic that the broker itself needs. */
export interface InternalTopic {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

const CREATE_TIMEOUT_MS = 30_000;

/**
 * Creates topics with the broker's defaults and waits until they have leaders. Gives the error codes
 * of those that could not be created; one that another request created meanwhile is no failure.
 */
export async function autoCreateTopics(
  broker: BrokerServices,
  names: readonly string[],
): Promise<Map<string, number>> {
  return create(
    broker,
    names.map(
      (name) =>
        broker.internalTopics.get(name) ?? {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          configs: new Map(),
        },
    ),
  );
}

/** Creates an internal topic where it is missing; gives an error code, 0 when the topic is there. */
export async function ensureInternalTopic(
  broker: BrokerServices,
  topic: InternalTopic,
): Promise<number> {
  if (broker.metadata.image.topics.byName(topic.name) !== undefined) return errors.NONE.code;
  const failures = await create(broker, [topic]);
  return failures.get(topic.name) ?? errors.NONE.code;
}

async function create(
  broker: BrokerServices,
  topics: readonly InternalTopic[],
): Promise<Map<string, number>> {
  const failures = await createTopics(broker, topics);
  return new Map([...failures].map(([name, { code }]) => [name, code]));
}

/** Why a topic could not be created. */
export interface CreationFailure {
  readonly code: number;
  readonly message: string | null;
}

/** Creates topics; gives the failures. */
export async function createTopics(
  broker: BrokerServices,
  topics: readonly InternalTopic[],
): Promise<Map<string, CreationFailure>> {
  const { topics: results } = await broker.metadata.submit('CreateTopics', {
    topics: topics.map(({ name, numPartitions, replicationFactor, configs }) => ({
      name,
      numPartitions,
      replicationFactor,
      assignments: [],
      configs: [...configs].map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: CREATE_TIMEOUT_MS,
    validateOnly: false,
  });
  const failures = new Map<string, CreationFailure>();
  for (const { name, errorCode, errorMessage } of results) {
    const there = errorCode === 0 || errorCode === errors.TOPIC_ALREADY_EXISTS.code;
    if (!there) failures.set(name, { code: errorCode, message: errorMessage ?? null });
  }
  return failures;
}
