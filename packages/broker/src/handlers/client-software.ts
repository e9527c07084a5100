import type { RequestContext } from '@tidelog/network';

/** What a client calls itself (KIP-511). */
export interface ClientSoftware {
  readonly name: string;
  readonly version: string;
}

const KEY = 'client software';
const UNKNOWN: ClientSoftware = { name: 'unknown', version: 'unknown' };

/** Remembers with the connection what its ApiVersions request has told. */
export function rememberSoftware({ state }: RequestContext, software: ClientSoftware): void {
  state.set(KEY, software);
}

export function softwareOf({ state }: RequestContext): ClientSoftware {
  return (state.get(KEY) as ClientSoftware | undefined) ?? UNKNOWN;
}
