import type { KafkaError, RequestOf } from '@tidelog/protocol';
import type { ControllerApi, ReplyTo } from './commands.ts';

type Refuse<A extends ControllerApi> = (request: RequestOf<A>, error: KafkaError) => ReplyTo<A>;

const throttleTimeMs = 0;
const fields = (error: KafkaError): { errorCode: number; errorMessage: string } => ({
  errorCode: error.code,
  errorMessage: error.message,
});

/** What each API answers when the request as a whole cannot be decided, as on a node that does not lead. */
const refusals: { [A in ControllerApi]: Refuse<A> } = {
  CreateTopics: (request, error) => ({
    throttleTimeMs,
    topics: request.topics.map(({ name }) => ({
      name,
      topicId: '',
      ...fields(error),
      configs: [],
    })),
  }),
  DeleteTopics: (request, error) => ({
    throttleTimeMs,
    responses: [
      ...request.topicNames.map((name) => ({ name, topicId: '' })),
      ...request.topics,
    ].map((topic) => ({ ...topic, ...fields(error) })),
  }),
  CreatePartitions: (request, error) => ({
    throttleTimeMs,
    results: request.topics.map(({ name }) => ({ name, ...fields(error) })),
  }),
  AlterConfigs: (request, error) => ({
    throttleTimeMs,
    responses: request.resources.map(({ resourceType, resourceName }) => ({
      ...fields(error),
      resourceType,
      resourceName,
    })),
  }),
  IncrementalAlterConfigs: (request, error) => ({
    throttleTimeMs,
    responses: request.resources.map(({ resourceType, resourceName }) => ({
      ...fields(error),
      resourceType,
      resourceName,
    })),
  }),
  BrokerRegistration: (_, { code }) => ({ throttleTimeMs, errorCode: code }),
  ControllerRegistration: (_, error) => ({ throttleTimeMs, ...fields(error) }),
  BrokerHeartbeat: (_, { code }) => ({ throttleTimeMs, errorCode: code, shouldShutDown: false }),
  UnregisterBroker: (_, error) => ({ throttleTimeMs, ...fields(error) }),
  AlterPartition: (_, { code }) => ({ throttleTimeMs, errorCode: code, topics: [] }),
  ElectLeaders: (_, { code }) => ({
    throttleTimeMs,
    errorCode: code,
    replicaElectionResults: [],
  }),
  AlterPartitionReassignments: (_, error) => ({ throttleTimeMs, ...fields(error), responses: [] }),
  ListPartitionReassignments: (_, error) => ({ throttleTimeMs, ...fields(error), topics: [] }),
  AssignReplicasToDirs: (_, { code }) => ({ throttleTimeMs, errorCode: code, directories: [] }),
  UpdateFeatures: (_, error) => ({ throttleTimeMs, ...fields(error), results: [] }),
  AlterClientQuotas: (request, error) => ({
    throttleTimeMs,
    entries: request.entries.map(({ entity }) => ({ ...fields(error), entity })),
  }),
  AlterUserScramCredentials: ({ deletions, upsertions }, error) => ({
    throttleTimeMs,
    results: [...deletions, ...upsertions].map(({ name: user }) => ({ user, ...fields(error) })),
  }),
  AllocateProducerIds: (_, { code }) => ({
    throttleTimeMs,
    errorCode: code,
    producerIdStart: 0,
    producerIdLen: 0,
  }),
};

/** The answer to a request that is refused as a whole. */
export function refusedReply<A extends ControllerApi>(
  api: A,
  request: RequestOf<A>,
  error: KafkaError,
): ReplyTo<A> {
  return refusals[api](request, error);
}
