import type { ClientOptions, ConsumerOptions, ProducerOptions } from '@tidelog/client';
import { CallError } from '../command-error.ts';
import { securityOptions, securityPropertyNames } from './security-properties.ts';

/** What properties say, as the options of our client. */
export interface ClientSettings {
  readonly client: Partial<ClientOptions>;
  readonly producer: ProducerOptions;
  readonly consumer: ConsumerOptions;
}

type Part = keyof ClientSettings;
type Read = (value: string, name: string) => unknown;
type Property = readonly [part: Part, option: string, read: Read];

const text: Read = (value) => value;

const lowerCase: Read = (value) => value.toLowerCase();

const number: Read = (value, name) => {
  if (!/^-?\d{1,15}$/.test(value))
    throw new CallError(`${name} takes a whole number, not ${value}`);
  return Number(value);
};

const flag: Read = (value, name) => {
  if (value !== 'true' && value !== 'false') {
    throw new CallError(`${name} is true or false, not ${value}`);
  }
  return value === 'true';
};

const acks: Read = (value, name) => {
  const known: Record<string, 'all' | 0 | 1> = { all: 'all', '-1': 'all', '0': 0, '1': 1 };
  if (!Object.hasOwn(known, value)) throw new CallError(`${name} is all, 1 or 0, not ${value}`);
  return known[value];
};

const reset: Read = (value, name) => {
  const known: Record<string, string> = {
    earliest: 'earliest',
    smallest: 'earliest',
    beginning: 'earliest',
    latest: 'latest',
    largest: 'latest',
    end: 'latest',
    none: 'none',
    error: 'none',
  };
  if (!Object.hasOwn(known, value)) {
    throw new CallError(`${name} is earliest, latest or none, not ${value}`);
  }
  return known[value];
};

/** A class of Java's or a name of librdkafka's, as our client names assignors. */
const assignors: Read = (value) =>
  value.split(',').map((name) => {
    const short = name.trim().replace(/^.*\.(\w+)Assignor$/, '$1');
    return short
      .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-')
      .toLowerCase()
      .replace('round-', 'round');
  });

/** Kafka's names (Java's, and librdkafka's where they differ) and what they are to our client. */
const properties: ReadonlyMap<string, Property> = new Map<string, Property>([
  ['bootstrap.servers', ['client', 'bootstrapServers', text]],
  ['metadata.broker.list', ['client', 'bootstrapServers', text]],
  ['client.id', ['client', 'clientId', text]],
  ['socket.connection.setup.timeout.ms', ['client', 'connectTimeoutMs', number]],
  ['request.timeout.ms', ['client', 'requestTimeoutMs', number]],
  ['default.api.timeout.ms', ['client', 'apiTimeoutMs', number]],
  ['retry.backoff.ms', ['client', 'retryBackoffMs', number]],
  ['retry.backoff.max.ms', ['client', 'retryBackoffMaxMs', number]],
  ['reconnect.backoff.ms', ['client', 'reconnectBackoffMs', number]],
  ['reconnect.backoff.max.ms', ['client', 'reconnectBackoffMaxMs', number]],
  ['metadata.max.age.ms', ['client', 'metadataMaxAgeMs', number]],
  ['socket.connection.setup.timeout.max.ms', ['client', 'connectTimeoutMaxMs', number]],
  ['connections.max.idle.ms', ['client', 'connectionsMaxIdleMs', number]],
  ['metadata.recovery.strategy', ['client', 'metadataRecoveryStrategy', text]],
  [
    'metadata.recovery.rebootstrap.trigger.ms',
    ['client', 'metadataRecoveryRebootstrapTriggerMs', number],
  ],
  ['receive.message.max.bytes', ['client', 'maxResponseBytes', number]],
  ['acks', ['producer', 'acks', acks]],
  ['request.required.acks', ['producer', 'acks', acks]],
  ['enable.idempotence', ['producer', 'idempotence', flag]],
  ['batch.size', ['producer', 'batchSizeBytes', number]],
  ['linger.ms', ['producer', 'lingerMs', number]],
  ['queue.buffering.max.ms', ['producer', 'lingerMs', number]],
  ['compression.type', ['producer', 'compression', text]],
  ['compression.codec', ['producer', 'compression', text]],
  ['compression.level', ['producer', 'compressionLevel', number]],
  ['max.in.flight.requests.per.connection', ['producer', 'maxInFlight', number]],
  ['max.in.flight', ['producer', 'maxInFlight', number]],
  ['max.request.size', ['producer', 'maxRequestSizeBytes', number]],
  ['message.max.bytes', ['producer', 'maxRequestSizeBytes', number]],
  ['delivery.timeout.ms', ['producer', 'deliveryTimeoutMs', number]],
  ['message.timeout.ms', ['producer', 'deliveryTimeoutMs', number]],
  ['buffer.memory', ['producer', 'bufferMemoryBytes', number]],
  ['max.block.ms', ['producer', 'maxBlockMs', number]],
  ['transactional.id', ['producer', 'transactionalId', text]],
  ['transaction.timeout.ms', ['producer', 'transactionTimeoutMs', number]],
  ['isolation.level', ['consumer', 'isolationLevel', lowerCase]],
  ['group.protocol', ['consumer', 'groupProtocol', lowerCase]],
  ['group.remote.assignor', ['consumer', 'groupRemoteAssignor', text]],
  ['client.rack', ['consumer', 'rackId', text]],
  ['group.instance.id', ['consumer', 'groupInstanceId', text]],
  ['session.timeout.ms', ['consumer', 'sessionTimeoutMs', number]],
  ['heartbeat.interval.ms', ['consumer', 'heartbeatIntervalMs', number]],
  ['max.poll.interval.ms', ['consumer', 'maxPollIntervalMs', number]],
  ['enable.auto.commit', ['consumer', 'autoCommit', flag]],
  ['auto.commit.interval.ms', ['consumer', 'autoCommitIntervalMs', number]],
  ['auto.offset.reset', ['consumer', 'autoOffsetReset', reset]],
  ['fetch.min.bytes', ['consumer', 'fetchMinBytes', number]],
  ['fetch.max.bytes', ['consumer', 'fetchMaxBytes', number]],
  ['fetch.max.wait.ms', ['consumer', 'fetchMaxWaitMs', number]],
  ['fetch.wait.max.ms', ['consumer', 'fetchMaxWaitMs', number]],
  ['max.partition.fetch.bytes', ['consumer', 'maxPartitionFetchBytes', number]],
  ['fetch.message.max.bytes', ['consumer', 'maxPartitionFetchBytes', number]],
  ['partition.assignment.strategy', ['consumer', 'assignors', assignors]],
]);

const securityNames: ReadonlySet<string> = new Set(securityPropertyNames);

export const clientPropertyNames: readonly string[] = [...properties.keys(), ...securityNames];

/** Reads properties by Kafka's names; throws a CallError that names what is unknown, and the nearest known. */
export async function readClientProperties(
  pairs: Iterable<readonly [name: string, value: string]>,
): Promise<ClientSettings> {
  const settings = { client: {}, producer: {}, consumer: {} } as Record<
    Part,
    Record<string, unknown>
  >;
  const security = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (securityNames.has(name)) {
      security.set(name, value);
      continue;
    }
    const property = properties.get(name);
    if (property === undefined) throw await unknownProperty(name);
    const [part, option, read] = property;
    settings[part][option] = read(value, name);
  }
  Object.assign(settings.client, securityOptions(security));
  return settings;
}

/** Loaded only where it is needed: the names of brokers' configs are long. */
async function unknownProperty(name: string): Promise<CallError> {
  const { nearestConfigName } = await import('@tidelog/metadata');
  const nearest = nearestConfigName(name, clientPropertyNames);
  return new CallError(
    `unknown client property ${name}${nearest === undefined ? '' : `: did you mean ${nearest}?`}`,
  );
}

/** True for what is never printed. */
export function isSecret(name: string): boolean {
  return /password|secret|jaas|keystore\.key|key\.pem|private/i.test(name);
}
