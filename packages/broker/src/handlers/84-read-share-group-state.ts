import type { Handler } from './handler.ts';

/** Version 0. */
export const readShareGroupState: Handler<'ReadShareGroupState'> = (request, _context, broker) =>
  broker.shareState.readState(request);
