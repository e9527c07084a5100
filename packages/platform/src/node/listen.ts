import { isIP, type Server } from 'node:net';

/** A host and port, or the path of a local socket. */
type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** What `listen` calls in the end in a process that is no worker of a cluster: undocumented, and of old. */
interface DirectListening {
  _listen2?(host: string, port: number, family: number, backlog: number, fd: undefined): void;
}

const BACKLOG = 511; // Node's own

/**
 * Has a server listen at an address. Node's `listen` loads what a cluster of processes is made of and the
 * resolver of names, which costs a start two milliseconds; where neither is needed, it is spared them.
 */
export function startListening(server: Server, place: Place): void {
  const direct = server as unknown as DirectListening;
  const isWorker = process.env.NODE_UNIQUE_ID !== undefined;
  if (isWorker || typeof direct._listen2 !== 'function') {
    server.listen(place);
  } else if ('path' in place) {
    direct._listen2(place.path, -1, -1, BACKLOG, undefined);
  } else if (isIP(place.host) !== 0) {
    direct._listen2(place.host, place.port, isIP(place.host), BACKLOG, undefined);
  } else {
    const { host, port } = place;
    server.listen({ port, ...(host !== '' && { host }) });
  }
}
