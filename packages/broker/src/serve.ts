import { Server } from '@tidelog/network';
import type { RequestContext, ServedApi } from '@tidelog/network';
import { type BrokerConfig, HTTP_LISTENER_CONFIG, type Listener } from '@tidelog/metadata';
import type { Platform } from '@tidelog/platform';
import { type Api, type ApiName, apis } from '@tidelog/protocol';
import { unsupportedApiVersions } from './handlers/18-api-versions.ts';
import { handlers } from './handlers/index.ts';
import { UnansweredProduceError } from './produce/produce-append.ts';
import type { BrokerServices, ServedVersions } from './services.ts';
import { StartupError } from './startup-error.ts';

/** Replies of one connection that may be outstanding before its requests have to wait. */
const MAX_IN_FLIGHT = 64;

type AnyHandler = (request: unknown, context: RequestContext, broker: BrokerServices) => unknown;

/** Nothing is kept of the bytes of these requests: the log copies them, or there are none but numbers and text. */
export const READ_IN_PLACE: readonly ApiName[] = [
  'Produce',
  'Fetch',
  'Metadata',
  'OffsetCommit',
  'Heartbeat',
];

/** Advertised only where somebody looks at what clients push (KIP-714). */
const TELEMETRY_APIS: readonly ApiName[] = ['GetTelemetrySubscriptions', 'PushTelemetry'];

/** What is served, from the table of handlers: keys and versions. */
export function servedVersions(config?: BrokerConfig): ServedVersions[] {
  return servedNames(config)
    .map((name): Api => apis[name])
    .map(({ key, versions: [minVersion, maxVersion], unstable }) => ({
      apiKey: key,
      // An old librdkafka needs to see Produce from version 0 on; versions 0 to 2 are refused all the same.
      minVersion: key === apis.Produce.key ? 0 : minVersion,
      maxVersion: unstable ? maxVersion - 1 : maxVersion,
    }))
    .sort((a, b) => a.apiKey - b.apiKey);
}

/** Without a configuration: all that can be served. */
function servedNames(config: BrokerConfig | undefined): ApiName[] {
  const showsMetrics = config?.getString(HTTP_LISTENER_CONFIG) !== '';
  const names = Object.keys(handlers) as ApiName[];
  return names.filter((name) => showsMetrics || !TELEMETRY_APIS.includes(name));
}

/** The table of handlers as the network serves it. */
export function serveTable(broker: BrokerServices): Map<number, ServedApi> {
  const table = new Map<number, ServedApi>();
  const byName = handlers as { readonly [K in ApiName]?: AnyHandler };
  for (const name of servedNames(broker.config)) {
    const handler = byName[name]!;
    const api: Api = apis[name];
    const [lowest, highest] = api.versions;
    const meter = broker.metrics.requests.of(name);
    table.set(api.key, {
      api,
      versions: [lowest, api.unstable ? highest - 1 : highest],
      readsInPlace: READ_IN_PLACE.includes(name),
      handle: (request, context) => {
        const startMs = broker.clock.monotonic();
        return meter.note(handler(request, context, broker), startMs);
      },
      ...(api.key === apis.ApiVersions.key && {
        unsupportedVersion: () => unsupportedApiVersions(broker),
      }),
    });
  }
  return table;
}

/** Told what an operator should know. */
export interface ServeLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Opens a listener; connections wait until `Server.open` is called. Throws a StartupError. */
export async function listen(
  listener: Listener,
  broker: BrokerServices,
  { platform, log }: { platform: Platform; log: ServeLog },
): Promise<Server> {
  const { config } = broker;
  const host = listener.host ?? '0.0.0.0';
  try {
    return await Server.listen(platform.network, {
      address: { host, port: listener.port },
      listenerName: listener.name,
      clock: platform.clock,
      apis: serveTable(broker),
      maxRequestBytes: config.getInt('socket.request.max.bytes'),
      maxIdleMs: config.getLong('connections.max.idle.ms'),
      maxConnections: config.getInt('max.connections'),
      maxInFlight: MAX_IN_FLIGHT,
      sendBufferBytes: sizeOrSystem(config.getInt('socket.send.buffer.bytes')),
      onProtocolError: (connection, error) => log.warn(`closed ${connection.id}: ${error.message}`),
      onFault: (api, error) => {
        if (error instanceof UnansweredProduceError) log.info(error.message);
        else log.error(`${api} failed: ${error.stack ?? error.message}`);
      },
    });
  } catch (error) {
    throw new StartupError(
      listenProblem(`${host}:${listener.port}`, error as NodeJS.ErrnoException),
    );
  }
}

/** -1 stands for what the system does by itself. */
function sizeOrSystem(sizeBytes: number): number | null {
  return sizeBytes === -1 ? null : sizeBytes;
}

function listenProblem(address: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE')
    return `${address} is in use: stop what listens there, or take another port`;
  if (code === 'EACCES') return `${address} may not be used by this user`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine`;
  return `cannot listen on ${address}: ${message}`;
}
