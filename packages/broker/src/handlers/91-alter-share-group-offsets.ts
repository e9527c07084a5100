import { errors } from '@tidelog/protocol';
import { supportsShareGroups } from '../share-state/share-version.ts';
import type { Handler } from './handler.ts';

/** Version 0; UNSUPPORTED_VERSION where the cluster's `share.version` is 0. */
export const alterShareGroupOffsets: Handler<'AlterShareGroupOffsets'> = (
  request,
  _context,
  broker,
) => {
  if (!supportsShareGroups(broker)) {
    const { code, message } = errors.UNSUPPORTED_VERSION;
    return { errorCode: code, errorMessage: message, responses: [] };
  }
  return broker.shareGroups.alterOffsets(request);
};
