import { errors } from '@tidelog/protocol';
import { servesConsumerProtocol } from './consumer-protocol.ts';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Versions 0 and 1: from v1 on members make their ids themselves, and may subscribe by a regex. */
export const consumerGroupHeartbeat: Handler<'ConsumerGroupHeartbeat'> = (
  request,
  context,
  broker,
) => {
  if (servesConsumerProtocol(broker)) {
    return broker.groups.consumerGroups.heartbeat(request, groupContext(context));
  }
  const { code } = errors.UNSUPPORTED_VERSION;
  return Promise.resolve({ errorCode: code, memberEpoch: 0, heartbeatIntervalMs: 0 });
};
