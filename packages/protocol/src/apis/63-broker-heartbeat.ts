import { api } from '../schema/api.ts';
import { array, bool, int16, int32, int64, uuid } from '../schema/field.ts';

/** A registered broker says that it is alive; the controller fences it or lets it run. */
export const brokerHeartbeat = api({
  key: 63,
  name: 'BrokerHeartbeat',
  versions: [0, 2],
  flexible: 0,
  listeners: ['controller'],
  request: () => ({
    brokerId: int32,
    brokerEpoch: int64.default(-1),
    currentMetadataOffset: int64,
    wantFence: bool,
    wantShutDown: bool,
    offlineLogDirs: array(uuid).since(1).tagged(0),
    cordonedLogDirs: array(uuid).since(2).nullable().tagged(1).default(null),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    isCaughtUp: bool.default(false),
    isFenced: bool.default(true),
    shouldShutDown: bool,
  }),
});
