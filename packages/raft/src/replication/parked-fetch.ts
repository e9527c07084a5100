import type { InboundRequest } from '../messages.ts';

/** A fetch that found nothing new, and waits for an append, a commit or its deadline. */
export interface ParkedFetch {
  readonly request: InboundRequest<'Fetch'>;
  readonly fetchOffset: number;
  readonly deadline: number;
}
