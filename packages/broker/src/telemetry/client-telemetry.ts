import type { RequestContext } from '@tidelog/network';
import type { Clock, Random } from '@tidelog/platform';
import {
  codecs,
  crc32c,
  decompress,
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
  ZERO_UUID,
} from '@tidelog/protocol';
import { softwareOf } from '../handlers/client-software.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { ClientInstance } from './client-instance.ts';
import { decodeMetrics } from './otlp-metrics.ts';
import type { Selectors, TelemetrySubscriptions, Wanted } from './subscriptions.ts';

export interface ClientTelemetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly subscriptions: TelemetrySubscriptions;
  /** `telemetry.max.bytes`: of a push, packed and unpacked. */
  readonly maxBytes: number;
}

/** Clients that are kept in mind; the one that was silent longest goes first. */
const MAX_INSTANCES = 16_384;
const MIN_EXPIRY_MS = 60_000;
const MAX_METRICS_OF_A_PUSH = 10_000;
/** Under which the state of a connection holds the id of its client. */
const CONNECTION_KEY = 'telemetry client';
/** In the order in which clients shall prefer them. */
const ACCEPTED_CODECS = [codecs.zstd, codecs.lz4, codecs.gzip, codecs.snappy];
/** The id of the metadata topic, which no client may have. */
const ONE_UUID = 'AAAAAAAAAAAAAAAAAAAAAQ';

/** What clients tell of themselves (KIP-714): asked for by subscriptions, shown among the metrics. */
export class ClientTelemetry {
  readonly #options: ClientTelemetryOptions;
  /** By client instance id; who came last stands last. */
  readonly #instances = new Map<string, ClientInstance>();
  #throttled = 0;
  #unknownSubscriptions = 0;

  constructor(options: ClientTelemetryOptions) {
    this.#options = options;
  }

  getSubscriptions(
    { clientInstanceId: given }: RequestOf<'GetTelemetrySubscriptions'>,
    context: RequestContext,
  ): ResponseOf<'GetTelemetrySubscriptions'> {
    const clientInstanceId = given === ZERO_UUID ? this.#options.random.uuid() : given;
    const instance = this.#instance(clientInstanceId, context);
    const mayRepeat =
      instance.lastError === errors.UNKNOWN_SUBSCRIPTION_ID ||
      instance.lastError === errors.UNSUPPORTED_COMPRESSION_TYPE;
    if (!instance.mayGet(this.#options.clock.monotonic()) && !mayRepeat) {
      this.#throttled++;
      return refusedGet(errors.THROTTLING_QUOTA_EXCEEDED);
    }
    instance.lastError = null;
    return {
      throttleTimeMs: 0,
      errorCode: errors.NONE.code,
      clientInstanceId,
      subscriptionId: instance.subscriptionId,
      acceptedCompressionTypes: ACCEPTED_CODECS,
      pushIntervalMs: instance.wanted.intervalMs,
      telemetryMaxBytes: this.#options.maxBytes,
      deltaTemporality: true,
      requestedMetrics: [...instance.wanted.metrics],
    };
  }

  push(request: RequestOf<'PushTelemetry'>, context: RequestContext): ResponseOf<'PushTelemetry'> {
    const { clientInstanceId, terminating } = request;
    if (clientInstanceId === ZERO_UUID || clientInstanceId === ONE_UUID) {
      return { throttleTimeMs: 0, errorCode: errors.INVALID_REQUEST.code };
    }
    const instance = this.#instance(clientInstanceId, context);
    const error = this.#refusal(request, instance) ?? this.#take(request, instance);
    instance.isTerminating = terminating;
    instance.lastError = error;
    return { throttleTimeMs: 0, errorCode: (error ?? errors.NONE).code };
  }

  /** What clients have pushed last, by client. */
  collect(page: Exposition): void {
    const prefix = 'kafka_server_client_metrics';
    this.#forgetSilent();
    page.gauge(`${prefix}_instance_count`, 'Clients that may push', this.#instances.size);
    page.counter(`${prefix}_throttle_count`, 'Requests that came too early', this.#throttled);
    const unknown = 'Pushes for subscriptions that have changed';
    page.counter(
      `${prefix}_unknown_subscription_request_count`,
      unknown,
      this.#unknownSubscriptions,
    );
    for (const { selectors, series } of this.#instances.values()) {
      for (const { name, kind, attributes, value } of series) {
        const labels = new Map<string, string>();
        for (const id of ['client_instance_id', 'client_id']) labels.set(id, selectors.get(id)!);
        for (const [key, text] of attributes) labels.set(metricName(key), text);
        const help = `Pushed by clients as ${name.replaceAll(/[\n\\]/g, ' ')}`;
        const shown = `client_${metricName(name)}`;
        if (kind === 'gauge') page.gauge(shown, help, value, labels);
        else page.counter(`${shown}_total`, help, value, labels);
      }
    }
  }

  #refusal(request: RequestOf<'PushTelemetry'>, instance: ClientInstance): KafkaError | null {
    if (instance.isTerminating) return errors.INVALID_REQUEST;
    if (!instance.mayPush(this.#options.clock.monotonic()) && !request.terminating) {
      this.#throttled++;
      return errors.THROTTLING_QUOTA_EXCEEDED;
    }
    if (request.subscriptionId !== instance.subscriptionId) {
      this.#unknownSubscriptions++;
      return errors.UNKNOWN_SUBSCRIPTION_ID;
    }
    const { compressionType, metrics } = request;
    if (compressionType < codecs.none || compressionType > codecs.zstd) {
      return errors.UNSUPPORTED_COMPRESSION_TYPE;
    }
    return metrics.length > this.#options.maxBytes ? errors.TELEMETRY_TOO_LARGE : null;
  }

  #take(
    { compressionType, metrics }: RequestOf<'PushTelemetry'>,
    instance: ClientInstance,
  ): KafkaError | null {
    if (metrics.length === 0) return null;
    const bytes = decompress(compressionType, metrics, this.#options.maxBytes);
    if (typeof bytes === 'string') return errors.INVALID_RECORD;
    const decoded = decodeMetrics(bytes, MAX_METRICS_OF_A_PUSH);
    if (decoded === null) return errors.INVALID_RECORD;
    instance.record(decoded);
    return null;
  }

  #instance(id: string, context: RequestContext): ClientInstance {
    const { subscriptions, clock } = this.#options;
    let instance = this.#instances.get(id);
    if (instance === undefined) {
      const selectors = selectorsOf(id, context);
      const wanted = subscriptions.wantedOf(selectors);
      const { version: subscriptionsVersion } = subscriptions;
      const subscriptionId = subscriptionIdOf(id, wanted);
      const given = { selectors, wanted, subscriptionId, subscriptionsVersion };
      instance = new ClientInstance(given);
      this.#forgetWithConnection(id, context);
    } else if (instance.subscriptionsVersion < subscriptions.version) {
      const wanted = subscriptions.wantedOf(instance.selectors);
      instance.resubscribe(wanted, subscriptionIdOf(id, wanted), subscriptions.version);
    }
    const now = clock.monotonic();
    instance.expiresMs = now + Math.max(MIN_EXPIRY_MS, 3 * instance.wanted.intervalMs);
    this.#instances.delete(id);
    this.#instances.set(id, instance);
    if (this.#instances.size > MAX_INSTANCES) {
      const [oldest] = this.#instances.keys();
      this.#instances.delete(oldest!);
    }
    return instance;
  }

  /** A connection is that of one client; where several ids come over it, the last one counts. */
  #forgetWithConnection(id: string, { state, onGone }: RequestContext): void {
    if (!state.has(CONNECTION_KEY)) {
      onGone.add(() => this.#instances.delete(state.get(CONNECTION_KEY) as string));
    }
    state.set(CONNECTION_KEY, id);
  }

  #forgetSilent(): void {
    const now = this.#options.clock.monotonic();
    for (const [id, { expiresMs }] of this.#instances) {
      if (expiresMs < now) this.#instances.delete(id);
    }
  }
}

function refusedGet({ code }: KafkaError): ResponseOf<'GetTelemetrySubscriptions'> {
  return {
    throttleTimeMs: 0,
    errorCode: code,
    clientInstanceId: ZERO_UUID,
    subscriptionId: 0,
    acceptedCompressionTypes: [],
    pushIntervalMs: 0,
    telemetryMaxBytes: 0,
    deltaTemporality: false,
    requestedMetrics: [],
  };
}

function selectorsOf(id: string, context: RequestContext): Selectors {
  const { name, version } = softwareOf(context);
  const port = /:(\d+)-\d+$/.exec(context.connectionId)?.[1] ?? '';
  return new Map([
    ['client_instance_id', id],
    ['client_id', context.clientId],
    ['client_software_name', name],
    ['client_software_version', version],
    ['client_source_address', context.clientHost],
    ['client_source_port', port],
  ]);
}

/** Differs whenever what is wanted does, and between clients. */
function subscriptionIdOf(id: string, { metrics, intervalMs }: Wanted): number {
  return crc32c(Buffer.from(JSON.stringify([id, intervalMs, ...metrics]))) | 0;
}

function metricName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}
