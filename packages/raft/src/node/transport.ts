import type { ResponseOutput } from '@tidelog/protocol';
import type { NodeAddress } from '../keys.ts';
import type { PeerApi, RequestToSend } from '../messages.ts';

/** How a node reaches the others of the quorum. */
export interface Transport {
  /**
   * Sends a request at the highest version that both sides know. Rejects when there is no response in
   * `timeoutMs`. A request that the other side has no version for resolves to a response with the
   * top-level error UNSUPPORTED_VERSION.
   */
  send<A extends PeerApi>(request: PeerRequest<A>): Promise<ResponseOutput<A>>;
}

export interface PeerRequest<A extends PeerApi> {
  readonly to: NodeAddress;
  readonly api: A;
  readonly body: RequestToSend<A>;
  readonly timeoutMs: number;
}
