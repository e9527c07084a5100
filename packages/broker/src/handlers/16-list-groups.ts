import type { Handler } from './handler.ts';

/** Versions 0 to 5; filters by state from v4 on, by type from v5 on. */
export const listGroups: Handler<'ListGroups'> = (request, _context, broker) =>
  broker.groups.listGroups(request);
