import { errors } from '@tidelog/protocol';
import { supportsShareGroups } from '../share-state/share-version.ts';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Version 1; UNSUPPORTED_VERSION where the cluster's `share.version` is 0. */
export const shareGroupHeartbeat: Handler<'ShareGroupHeartbeat'> = (request, context, broker) => {
  if (!supportsShareGroups(broker)) {
    const { code, message } = errors.UNSUPPORTED_VERSION;
    return { errorCode: code, errorMessage: message, memberEpoch: 0, heartbeatIntervalMs: 0 };
  }
  return broker.shareGroups.heartbeat(request, groupContext(context));
};
