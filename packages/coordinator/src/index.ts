export { type GroupCoordinatorConfig, groupCoordinatorDefaults } from './group/config.ts';
export type {
  GroupCoordinator,
  GroupCoordinatorOptions,
  GroupRequestContext,
} from './group/group-coordinator.ts';
export type { CoordinatorLog } from './host/coordinator-log.ts';
export type {
  Decision,
  EventCodec,
  EventPosition,
  Instant,
  Machine,
  RequestId,
} from './host/machine.ts';
