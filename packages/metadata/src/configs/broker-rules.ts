import type { BrokerConfig } from './broker-config.ts';
import { parsePairs } from './listeners.ts';
import { groupConfigBounds } from './group-configs.ts';
import { localRetentionProblem } from './topic-configs.ts';

/** Java classes cannot be loaded, and another builder would let the wrong people in. */
const PRINCIPAL_BUILDER =
  'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder';

/** Answers all that is wrong between the configs of a broker, one sentence each. */
export function brokerProblems(config: BrokerConfig): string[] {
  return [
    ...logProblems(config),
    ...replicationProblems(config),
    ...connectionProblems(config),
    ...groupProblems(config),
    ...quorumProblems(config),
    ...roleProblems(config),
    ...listenerProblems(config),
  ];
}

/** What is allowed and yet looks like a mistake; for the log of the broker. */
export function brokerWarnings(config: BrokerConfig): string[] {
  const heartbeat = config.getInt('broker.heartbeat.interval.ms');
  const session = config.getInt('broker.session.timeout.ms');
  const isBrokerOnly = !config.roles.has('controller');
  const misplaced = ['create.topic.policy.class.name', 'alter.config.policy.class.name'];
  return [
    ...when(
      heartbeat * 2 > session,
      `broker.heartbeat.interval.ms (${heartbeat}) should be at most half of ` +
        `broker.session.timeout.ms (${session}), or a broker may be fenced in between.`,
    ),
    ...misplaced.flatMap((name) =>
      when(isBrokerOnly && config.isSet(name), `${name} has an effect in controllers only.`),
    ),
    ...when(
      isBrokerOnly && config.getList('controller.listener.names').length > 1,
      'Only the first of controller.listener.names is used by a broker.',
    ),
  ];
}

function logProblems(config: BrokerConfig): string[] {
  const topic = config.topicDefaults();
  const buffer = config.getLong('log.cleaner.dedupe.buffer.size');
  const threads = config.getInt('log.cleaner.threads');
  const minLag = config.getLong('log.cleaner.min.compaction.lag.ms');
  const maxLag = config.getLong('log.cleaner.max.compaction.lag.ms');
  const local = config.getBoolean('remote.log.storage.system.enable')
    ? localRetentionProblem(topic)
    : undefined;
  return [
    ...when(Number(topic.get('segment.ms')) < 1, 'log.roll.ms must be at least 1.'),
    ...when(Number(topic.get('segment.jitter.ms')) < 0, 'log.roll.jitter.ms must not be negative.'),
    ...when(
      Number(topic.get('retention.ms')) === 0,
      'log.retention.ms must be -1, which is for ever, or at least 1.',
    ),
    ...when(
      threads === 0 || Math.floor(buffer / threads) <= 1_048_576,
      'log.cleaner.dedupe.buffer.size must be more than 1 MiB for each of log.cleaner.threads.',
    ),
    ...when(
      minLag > maxLag,
      `log.cleaner.min.compaction.lag.ms (${minLag}) must be at most ` +
        `log.cleaner.max.compaction.lag.ms (${maxLag}).`,
    ),
    ...when(local !== undefined, local ?? ''),
    ...cordonedProblems(config),
  ];
}

function cordonedProblems(config: BrokerConfig): string[] {
  const cordoned = config.getList('cordoned.log.dirs');
  if (!config.roles.has('broker')) return [];
  if (cordoned.includes('*')) {
    return when(cordoned.length > 1, 'cordoned.log.dirs must hold nothing beside `*`.');
  }
  const unknown = cordoned.filter((directory) => !config.logDirs.includes(directory));
  return when(
    unknown.length > 0,
    `cordoned.log.dirs must be among log.dirs or log.dir; these are not: ${unknown.join(', ')}`,
  );
}

function replicationProblems(config: BrokerConfig): string[] {
  const wait = config.getInt('replica.fetch.wait.max.ms');
  return [
    ...when(
      wait > config.getInt('replica.socket.timeout.ms'),
      'replica.socket.timeout.ms must be at least replica.fetch.wait.max.ms.',
    ),
    ...when(
      wait > config.getLong('replica.lag.time.max.ms'),
      'replica.fetch.wait.max.ms must be at most replica.lag.time.max.ms.',
    ),
  ];
}

function connectionProblems(config: BrokerConfig): string[] {
  const queued = config.getLong('queued.max.request.bytes');
  const idleMs = config.getLong('connections.max.idle.ms');
  const delayMs = config.getInt('connection.failed.authentication.delay.ms');
  const name = 'max.connections.per.ip.overrides';
  const overrides = parsePairs(name, config.getString(name) ?? '');
  if ('problem' in overrides) return [overrides.problem];
  const bad = [...overrides.value].filter(
    ([host, limit]) => !/^[0-9a-zA-Z\-%._:]*$/.test(host) || !/^[+-]?[0-9]+$/.test(limit),
  );
  return [
    ...when(
      queued > 0 && queued < config.getInt('socket.request.max.bytes'),
      'queued.max.request.bytes must be larger or equal to socket.request.max.bytes',
    ),
    ...when(
      config.getInt('max.connections.per.ip') === 0 && overrides.value.size === 0,
      `max.connections.per.ip can be 0 only if ${name} is set.`,
    ),
    ...when(
      bad.length > 0,
      `${name} must be host:number pairs; these are not: ` +
        bad.map((pair) => pair.join(':')).join(', '),
    ),
    ...when(
      idleMs >= 0 && delayMs >= idleMs,
      `connection.failed.authentication.delay.ms (${delayMs}) must be less than ` +
        `connections.max.idle.ms (${idleMs}).`,
    ),
  ];
}

/** A group config of the broker must lie within the bounds that it sets for groups. */
function groupProblems(config: BrokerConfig): string[] {
  const bounded = groupConfigBounds.flatMap(({ name, min, max }) => {
    const value = config.getInt(`group.${name}`);
    return [
      ...when(value > config.getInt(max), `group.${name} must be less than or equal to ${max}`),
      ...when(
        min !== undefined && value < config.getInt(min),
        `group.${name} must be greater than or equal to ${min}`,
      ),
    ];
  });
  const beats = ['consumer', 'share', 'streams'].flatMap((kind) => {
    const [beat, session] = [
      `group.${kind}.heartbeat.interval.ms`,
      `group.${kind}.session.timeout.ms`,
    ];
    return when(
      config.getInt(beat) >= config.getInt(session),
      `${beat} must be less than ${session}`,
    );
  });
  return [
    ...bounded,
    ...beats,
    ...when(
      config.getList('group.share.assignors').length !== 1,
      'group.share.assignors must contain exactly one assignor.',
    ),
    ...when(
      config.getInt('group.share.max.share.sessions') < config.getInt('group.share.max.size'),
      'group.share.max.share.sessions must be greater than or equal to group.share.max.size',
    ),
    ...when(
      !config.getList('group.coordinator.rebalance.protocols').includes('classic'),
      'group.coordinator.rebalance.protocols must name classic.',
    ),
  ];
}

function quorumProblems(config: BrokerConfig): string[] {
  const voters = config.getList('controller.quorum.voters');
  const isVoter = voters.some((voter) => Number(voter.split('@')[0]) === config.nodeId);
  const isController = config.roles.has('controller');
  const hasServers = config.getList('controller.quorum.bootstrap.servers').length > 0;
  return [
    ...when(
      config.getInt('broker.id') !== config.nodeId,
      'node.id and broker.id must be the same number.',
    ),
    ...when(
      voters.length === 0 && !hasServers,
      'One of controller.quorum.bootstrap.servers and controller.quorum.voters must be set.',
    ),
    ...when(
      voters.some((voter) => voter.includes('@0.0.0.0:')),
      'controller.quorum.voters cannot use 0.0.0.0, to which nobody can connect.',
    ),
    ...when(
      isController && voters.length > 0 && !isVoter,
      `The node id ${config.nodeId} of a controller must be among controller.quorum.voters.`,
    ),
    ...when(
      !isController && isVoter,
      `The node id ${config.nodeId} of a mere broker must not be among controller.quorum.voters.`,
    ),
    ...when(
      !isController && config.getBoolean('controller.quorum.auto.join.enable'),
      'controller.quorum.auto.join.enable needs the controller role in process.roles.',
    ),
  ];
}

function roleProblems(config: BrokerConfig): string[] {
  const names = config.getList('controller.listener.names');
  const bound = new Set(config.listeners.map((listener) => listener.name));
  if (config.roles.has('controller')) {
    return [
      ...when(
        names.some((name) => !bound.has(name)),
        'controller.listener.names must all be names of listeners, because this is a controller.',
      ),
      ...when(
        !config.roles.has('broker') && config.brokerListeners.length > 0,
        'listeners must all be in controller.listener.names when process.roles=controller.',
      ),
      ...when(
        !config.roles.has('broker') &&
          config.isSet('inter.broker.listener.name') &&
          names.includes(config.interBrokerListenerName),
        'controller.listener.names must not hold inter.broker.listener.name.',
      ),
    ];
  }
  const unmapped = names.filter((name) => !config.network.protocols.has(name.toUpperCase()));
  return [
    ...when(
      config.controllerListeners.length > 0,
      'controller.listener.names must not name own listeners when process.roles=broker.',
    ),
    ...when(
      unmapped.length > 0,
      `listener.security.protocol.map must give a protocol to ${unmapped.join(', ')} of ` +
        'controller.listener.names.',
    ),
  ];
}

function listenerProblems(config: BrokerConfig): string[] {
  const advertised = config.advertisedListeners;
  const bound = new Set(config.listeners.map((listener) => listener.name));
  const { name, protocol } = config.network.interBroker;
  const unbound = advertised.filter((listener) => !bound.has(listener.name));
  const isWildcard = [...advertised, ...config.advertisedControllerListeners].some(
    (listener) => listener.host === '0.0.0.0',
  );
  const mechanisms = config.forListener(name, 'sasl.enabled.mechanisms') as readonly string[];
  const mechanism = config.getString('sasl.mechanism.inter.broker.protocol') ?? '';
  return [
    ...(config.roles.has('broker')
      ? [
          ...when(
            advertised.length === 0,
            'No listener is left for clients: each of them is in controller.listener.names.',
          ),
          ...when(
            !advertised.some((listener) => listener.name === name),
            `The listener ${name} for brokers (inter.broker.listener.name) must be among ` +
              'advertised.listeners.',
          ),
          ...when(
            unbound.length > 0,
            `advertised.listeners must be names of listeners; these are not: ` +
              unbound.map((listener) => listener.name).join(', '),
          ),
        ]
      : []),
    ...when(isWildcard, 'advertised.listeners cannot use 0.0.0.0, to which nobody can connect.'),
    ...when(
      protocol.startsWith('SASL') && !mechanisms.includes(mechanism),
      'sasl.mechanism.inter.broker.protocol must be among sasl.enabled.mechanisms.',
    ),
    ...earlyListenerProblems(config),
    ...when(
      config.getString('principal.builder.class') !== PRINCIPAL_BUILDER,
      `principal.builder.class can be nothing but ${PRINCIPAL_BUILDER}.`,
    ),
  ];
}

function earlyListenerProblems(config: BrokerConfig): string[] {
  const unknown = config
    .getList('early.start.listeners')
    .filter((name) => !config.listeners.some((listener) => listener.name === name));
  return when(
    unknown.length > 0,
    `early.start.listeners must be names of listeners; these are not: ${unknown.join(', ')}`,
  );
}

function when(condition: boolean, problem: string): string[] {
  return condition ? [problem] : [];
}
