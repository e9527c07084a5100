import type { Struct } from './field.ts';
import { Message } from './message.ts';

export type ListenerKind = 'broker' | 'controller';

export interface ApiOptions<Name extends string, Request extends Struct, Response extends Struct> {
  readonly key: number;
  readonly name: Name;
  readonly versions: readonly [number, number];
  /** First flexible version; Infinity when none is. */
  readonly flexible: number;
  /** Which kinds of listeners Apache Kafka serves it on. */
  readonly listeners: readonly ListenerKind[];
  /** The highest version is still in development: never advertised. */
  readonly unstable?: boolean;
  /** Its fields; asked for when the first of these messages comes, since most never do. */
  readonly request: () => Request;
  readonly response: () => Response;
}

/** One API: a request and its response. */
export interface Api<
  Name extends string = string,
  Request extends Struct = Struct,
  Response extends Struct = Struct,
> {
  readonly key: number;
  readonly name: Name;
  readonly versions: readonly [number, number];
  readonly flexible: number;
  readonly listeners: readonly ListenerKind[];
  readonly unstable: boolean;
  readonly request: Message<Request>;
  readonly response: Message<Response>;
}

export function api<Name extends string, Request extends Struct, Response extends Struct>(
  options: ApiOptions<Name, Request, Response>,
): Api<Name, Request, Response> {
  const { name, versions, flexible } = options;
  let request: Message<Request> | undefined;
  let response: Message<Response> | undefined;
  return {
    key: options.key,
    name,
    versions,
    flexible,
    listeners: options.listeners,
    unstable: options.unstable ?? false,
    get request() {
      return (request ??= new Message({
        name: `${name}Request`,
        versions,
        flexible,
        fields: options.request(),
      }));
    },
    get response() {
      return (response ??= new Message({
        name: `${name}Response`,
        versions,
        flexible,
        fields: options.response(),
        lenient: true,
      }));
    },
  };
}

/** Version of the request header that precedes a request. */
export function requestHeaderVersion(api: Api, version: number): number {
  return version >= api.flexible ? 2 : 1;
}

/**
 * Version of the response header. ApiVersions always answers with version 0, because a client reads
 * it before it knows what the broker speaks (KIP-511).
 */
export function responseHeaderVersion(api: Api, version: number): number {
  return version >= api.flexible && api.key !== 18 ? 1 : 0;
}
