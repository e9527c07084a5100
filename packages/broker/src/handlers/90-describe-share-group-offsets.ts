import { errors } from '@tidelog/protocol';
import { supportsShareGroups } from '../share-state/share-version.ts';
import type { Handler } from './handler.ts';

/** Versions 0 and 1; version 1 tells the lag. UNSUPPORTED_VERSION where `share.version` is 0. */
export const describeShareGroupOffsets: Handler<'DescribeShareGroupOffsets'> = (
  request,
  _context,
  broker,
) => {
  if (!supportsShareGroups(broker)) {
    const errorCode = errors.UNSUPPORTED_VERSION.code;
    return { groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })) };
  }
  return broker.shareGroups.describeOffsets(request);
};
