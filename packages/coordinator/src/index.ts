export { type GroupCoordinatorConfig, groupCoordinatorDefaults } from './group/config.ts';
export { type GroupEvent, groupEventCodec } from './group/events.ts';
export { partitionFor } from './group/partition-for.ts';
export { CoordinatorHost, type CoordinatorHostOptions } from './host/coordinator-host.ts';
export type { CoordinatorLog } from './host/coordinator-log.ts';
export { CoordinatorFailure } from './host/failure.ts';
export type {
  Decision,
  EventCodec,
  EventPosition,
  Machine,
  Moment,
  RequestId,
} from './host/machine.ts';
export {
  GroupCoordinator,
  type GroupCoordinatorOptions,
  type GroupRequestContext,
} from './service/group-coordinator.ts';
