import type { Platform } from '@tidelog/platform';
import type { Transport } from '@tidelog/raft';
import type { BrokerConfig } from '../configs/broker-config.ts';

/** What a node needs to take part in the metadata quorum. */
export interface ClusterMetadataOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly clusterId: string;
  /** directory.id of `config.metadataLogDir`, which is formatted and locked by the caller. */
  readonly directoryId: string;
  /** How to reach the other voters; left out where this node is the only one. */
  readonly transport?: Transport;
  /** The metadata log failed for good (a disk error, a damaged record): the node must stop. */
  readonly onFailure: (cause: Error) => void;
}
