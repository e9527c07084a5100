import type { Handler } from './handler.ts';
import { noAuthorizer } from './no-authorizer.ts';

/** Versions 1 to 3. */
export const deleteAcls: Handler<'DeleteAcls'> = ({ filters }) => ({
  filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })),
});
