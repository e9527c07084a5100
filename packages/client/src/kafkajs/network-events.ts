import type { RequestEvent, RequestObserver, SentRequest } from '../index.ts';
import type { Events } from './events.ts';

/** The names of the events about requests, which each part has. */
export interface NetworkEventNames {
  readonly REQUEST: string;
  readonly REQUEST_TIMEOUT: string;
  readonly REQUEST_QUEUE_SIZE: string;
}

type Names = Readonly<Record<string, string>> & NetworkEventNames;
type Name<N extends Names> = N[keyof N] & string;

/**
 * Tells of requests as kafkajs does. It sends as many as it may without a queue of its own: the size of the
 * queue is that of requests which wait for a connection, and a request is created when it is sent.
 */
export function networkEvents<N extends Names>(emitter: Events<N>): RequestObserver {
  const { REQUEST, REQUEST_TIMEOUT, REQUEST_QUEUE_SIZE } = emitter.names;
  const waitingAt = new Map<string, number>();
  return {
    sent({ broker, clientId }, waiting) {
      if (waiting === (waitingAt.get(broker) ?? 0)) return;
      waitingAt.set(broker, waiting);
      emitter.emit(REQUEST_QUEUE_SIZE as Name<N>, { broker, clientId, queueSize: waiting });
    },
    ended(event) {
      const { error, durationMs: duration, responseBytes: size } = event;
      const isLate = (error as { failure?: string } | null)?.failure === 'timed out';
      if (error === null) emitter.emit(REQUEST as Name<N>, { ...requestOf(event), duration, size });
      else if (isLate) emitter.emit(REQUEST_TIMEOUT as Name<N>, requestOf(event));
    },
  };
}

function requestOf({ durationMs, ...request }: RequestEvent) {
  const { api: apiName, apiKey, version: apiVersion, broker, clientId, correlationId } = request;
  const sentAt = Date.now() - durationMs;
  return {
    apiKey,
    apiName,
    apiVersion,
    broker,
    clientId,
    correlationId,
    createdAt: sentAt,
    pendingDuration: 0,
    sentAt,
  };
}

/** Both are told, the first one first. */
export function bothObservers(one: RequestObserver, two: RequestObserver): RequestObserver {
  return {
    sent(request: SentRequest, waiting: number) {
      one.sent(request, waiting);
      two.sent(request, waiting);
    },
    ended(event: RequestEvent) {
      one.ended(event);
      two.ended(event);
    },
  };
}
