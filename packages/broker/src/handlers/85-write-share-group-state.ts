import type { Handler } from './handler.ts';

/** Versions 0 and 1; version 0 does not say how many deliveries are complete. */
export const writeShareGroupState: Handler<'WriteShareGroupState'> = (request, _context, broker) =>
  broker.shareState.writeState(request);
