import type { RequestContext } from '@tidelog/network';
import type { ApiName, RequestOf, ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';

/**
 * Answers one API at all its versions. It runs at once up to its first `await`; what it returns
 * is sent in the order of the connection's requests. `undefined`: no response is sent.
 */
export type Handler<K extends ApiName> = (
  request: RequestOf<K>,
  context: RequestContext,
  broker: BrokerServices,
) => ResponseOf<K> | undefined | Promise<ResponseOf<K> | undefined>;

/** The APIs that a broker serves; ApiVersions answers from it. */
export type Handlers = { readonly [K in ApiName]?: Handler<K> };
