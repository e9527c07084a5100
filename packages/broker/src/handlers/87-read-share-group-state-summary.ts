import type { Handler } from './handler.ts';

/** Versions 0 and 1; version 0 does not say how many deliveries are complete. */
export const readShareGroupStateSummary: Handler<'ReadShareGroupStateSummary'> = (
  request,
  _context,
  broker,
) => broker.shareState.readStateSummary(request);
