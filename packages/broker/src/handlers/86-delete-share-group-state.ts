import type { Handler } from './handler.ts';

/** Version 0. */
export const deleteShareGroupState: Handler<'DeleteShareGroupState'> = (
  request,
  _context,
  broker,
) => broker.shareState.deleteState(request);
