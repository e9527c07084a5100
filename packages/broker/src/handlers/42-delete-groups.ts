import type { Handler } from './handler.ts';

/** Versions 0 to 2, groups of all kinds. */
export const deleteGroups: Handler<'DeleteGroups'> = (request, _context, broker) =>
  broker.shareGroups.deleteGroups(request);
