import type { Handler } from './handler.ts';
import { noAuthorizer } from './no-authorizer.ts';

/** Versions 1 to 3. */
export const createAcls: Handler<'CreateAcls'> = ({ creations }) => ({
  results: creations.map(() => noAuthorizer),
});
