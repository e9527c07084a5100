/** `meta.properties`, version 1: what a log directory belongs to. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Names this directory in the cluster (KIP-858); null in files that were written before 3.7. */
  readonly directoryId: string | null;
}

export interface LoadedDirectories {
  readonly clusterId: string;
  /** Directory paths to their ids, in the given order. */
  readonly directoryIds: ReadonlyMap<string, string>;
  /** Directories that could not be read, with the reason; their partitions are offline. */
  readonly failed: ReadonlyMap<string, Error>;
}
