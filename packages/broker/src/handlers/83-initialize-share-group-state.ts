import type { Handler } from './handler.ts';

/** Version 0. */
export const initializeShareGroupState: Handler<'InitializeShareGroupState'> = (
  request,
  _context,
  broker,
) => broker.shareState.initializeState(request);
