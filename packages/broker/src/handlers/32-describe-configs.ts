import {
  type DescribedConfig,
  describeBrokerConfigs,
  describeBrokerDefaults,
  describeClientMetricsConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
  RESOURCE,
} from '@tidelog/metadata';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { isValidTopicName } from '../topics/topic-name.ts';
import { describeLoggers, notThisBroker } from './broker-loggers.ts';
import type { Handler } from './handler.ts';

type Request = RequestOf<'DescribeConfigs'>;
type Resource = Request['resources'][number];
type Result = ResponseOf<'DescribeConfigs'>['results'][number];

interface Refusal {
  readonly error: KafkaError;
  readonly message: string;
}

/** A few bytes can ask for hundreds of configs: so many are described in one answer, and no more. */
const MAX_CONFIGS = 300_000;

/**
 * Versions 1 to 4: topics, brokers (an empty name: the defaults of all brokers), groups and client
 * metrics subscriptions, with the source of each value and, where asked for, synonyms and
 * documentation; and the loggers of this broker (KIP-412). A resource that is named more than once is
 * answered once, and what would make the answer too large is INVALID_REQUEST.
 */
export const describeConfigs: Handler<'DescribeConfigs'> = (request, _context, broker) => {
  const resources = new Map(
    request.resources.map((resource) => [
      `${resource.resourceType} ${resource.resourceName}`,
      resource,
    ]),
  );
  let room = MAX_CONFIGS;
  return {
    results: Array.from(resources.values(), (resource) => {
      const result = describe(resource, request, { broker, isFull: room <= 0 });
      room -= result.configs.length;
      return result;
    }),
  };
};

function describe(
  resource: Resource,
  request: Request,
  { broker, isFull }: { broker: BrokerServices; isFull: boolean },
): Result {
  const { resourceType, resourceName, configurationKeys } = resource;
  const found = isFull
    ? refuse('the configs of all these resources do not fit one answer: ask for fewer')
    : configsOf(resource, broker);
  if ('error' in found) {
    const { error, message } = found;
    return {
      errorCode: error.code,
      errorMessage: message,
      resourceType,
      resourceName,
      configs: [],
    };
  }
  const wanted = configurationKeys === null ? null : new Set(configurationKeys);
  const all = wanted === null || wanted.size === 0;
  return {
    errorCode: errors.NONE.code,
    errorMessage: null,
    resourceType,
    resourceName,
    configs: found
      .filter(({ name }) => all || wanted.has(name))
      .map(({ synonyms, documentation, ...config }) => ({
        ...config,
        synonyms: request.includeSynonyms ? synonyms : [],
        documentation: request.includeDocumentation ? documentation : null,
      })),
  };
}

function configsOf(
  { resourceType, resourceName }: Resource,
  broker: BrokerServices,
): DescribedConfig[] | Refusal {
  const own = broker.metadata.image.configs.of(resourceType, resourceName);
  switch (resourceType) {
    case RESOURCE.TOPIC:
      return topicConfigs(resourceName, own, broker);
    case RESOURCE.BROKER:
      return brokerConfigs(resourceName, broker);
    case RESOURCE.GROUP:
      if (resourceName === '') return refuse('a group needs a name');
      return describeGroupConfigs(broker.config, own);
    case RESOURCE.CLIENT_METRICS:
      if (resourceName === '') return refuse('a client metrics subscription needs a name');
      return describeClientMetricsConfigs(own);
    case RESOURCE.BROKER_LOGGER: {
      const elsewhere = notThisBroker(resourceName, broker);
      return elsewhere === null ? describeLoggers(broker) : refuse(elsewhere);
    }
    default:
      return refuse(`resource type ${resourceType} is not known`);
  }
}

function topicConfigs(
  name: string,
  own: ReadonlyMap<string, string>,
  { metadata, config }: BrokerServices,
): DescribedConfig[] | Refusal {
  if (metadata.image.topics.byName(name) !== undefined) return describeTopicConfigs(config, own);
  const error = isValidTopicName(name)
    ? errors.UNKNOWN_TOPIC_OR_PARTITION
    : errors.INVALID_TOPIC_EXCEPTION;
  return { error, message: error.message };
}

function brokerConfigs(
  name: string,
  { nodeId, config }: BrokerServices,
): DescribedConfig[] | Refusal {
  if (name === '') return describeBrokerDefaults(config);
  if (!/^-?\d+$/.test(name)) return refuse(`a broker id is a number, and this is: ${name}`);
  if (Number(name) === nodeId) return describeBrokerConfigs(config);
  return refuse(`this is broker ${nodeId}: ask broker ${name} for its own configs`);
}

function refuse(message: string): Refusal {
  return { error: errors.INVALID_REQUEST, message };
}
