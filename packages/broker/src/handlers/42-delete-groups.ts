import type { Handler } from './handler.ts';

/** Versions 0 to 2. */
export const deleteGroups: Handler<'DeleteGroups'> = (request, _context, broker) =>
  broker.groups.deleteGroups(request);
