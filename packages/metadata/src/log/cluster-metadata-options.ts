import type { Platform } from '@tidelog/platform';
import type { ControllerConfig } from '../controller/controller-config.ts';

/** A listener under its name, as the quorum knows it. */
export interface QuorumEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What a node needs to take part in the metadata quorum; names are Kafka's configuration. */
export interface ClusterMetadataOptions {
  readonly platform: Platform;
  /** metadata.log.dir, or the first of log.dirs; it must be formatted, and locked by the caller. */
  readonly metadataDirectory: string;
  /** directory.id of `metadataDirectory`. */
  readonly directoryId: string;
  readonly controller: ControllerConfig;
  /** What the node advertises for its controller listeners; empty where it has none. */
  readonly controllerListeners: readonly QuorumEndpoint[];
  /** The first of controller.listener.names. */
  readonly controllerListenerName: string;
  /** controller.quorum.voters; empty where the voters are in the log. */
  readonly staticVoters: readonly (QuorumEndpoint & { readonly id: number })[];
  /** metadata.log.max.record.bytes.between.snapshots */
  readonly snapshotMaxNewBytes: number;
  /** metadata.log.max.snapshot.interval.ms */
  readonly snapshotMaxIntervalMs: number;
  /** The metadata log failed for good (a disk error, a damaged record): the node must stop. */
  readonly onFailure: (cause: Error) => void;
}
