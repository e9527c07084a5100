import type { Disk, Random } from '@tidelog/platform';
import { encodeSnapshot, snapshotFileName, VoterSet } from '@tidelog/raft';
import type { BrokerConfig } from '../configs/broker-config.ts';
import { KRAFT_VERSION_FEATURE, supportedFeatures } from '../features/features.ts';
import { metadataPartitionDirectory } from '../log/metadata-storage.ts';
import { quorumEndpoints } from '../log/quorum-config.ts';
import { encodeBatches } from '../log/record-batches.ts';
import { RELEASE_METADATA_VERSION } from '../records/record-versions.ts';
import { BOOTSTRAP_CHECKPOINT, defaultBootstrapRecords } from './bootstrap-records.ts';
import { directoriesOf, ensembleProblem } from './load-directories.ts';
import { type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts';

export interface FormatOptions {
  readonly disk: Disk;
  readonly random: Random;
  /** Wall-clock milliseconds, stamped on what is written. */
  readonly now: number;
  readonly config: BrokerConfig;
  /** Drawn at random where none is given. */
  readonly clusterId?: string;
  /** Directories that cannot be used. */
  readonly failed?: ReadonlySet<string>;
}

export interface Formatted {
  readonly clusterId: string;
  /** The directories that were formatted now; the others were before. */
  readonly directories: readonly string[];
}

const BOOTSTRAP_ID = { offset: 0, epoch: 0 };

/**
 * Formats the directories of a node that starts a cluster of its own, as `kafka-storage format
 * --standalone` of Apache Kafka 4.3 does: each gets `bootstrap.checkpoint` and `meta.properties`, the
 * metadata directory of a dynamic quorum also a first snapshot that names its only voter.
 * `meta.properties` comes last, so an interrupted format is simply done again.
 */
export function formatDirectories(options: FormatOptions): Formatted | { problem: string } {
  const { disk, random, config } = options;
  const found = new Map<string, MetaProperties | undefined>();
  try {
    for (const directory of directoriesOf(config)) {
      if (options.failed?.has(directory) === true) continue;
      found.set(directory, readMetaProperties(disk, directory));
    }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const known = [...found.values()].find((properties) => properties !== undefined)?.clusterId;
  const clusterId = options.clusterId ?? known ?? random.uuid();
  const problem = ensembleProblem(found, { clusterId, nodeId: config.nodeId });
  if (problem !== undefined) return { problem };
  const directories = [...found].flatMap(([directory, known]) => (known ? [] : [directory]));
  for (const directory of directories) {
    const directoryId = random.uuid();
    disk.makeDirectory(directory);
    writeFirst(disk, `${directory}/${BOOTSTRAP_CHECKPOINT}`, bootstrapCheckpoint(options.now));
    if (directory === config.metadataLogDir && isDynamicVoter(config)) {
      writeFirstSnapshot(options, directoryId);
    }
    // What says that the directory is formatted comes next: nothing of this may be lost without it.
    disk.syncDirectory(directory);
    writeMetaProperties(disk, directory, {
      version: 1,
      clusterId,
      nodeId: config.nodeId,
      directoryId,
    });
  }
  return { clusterId, directories };
}

/** Static voters (controller.quorum.voters) are not in the log; brokers alone are no voters. */
function isDynamicVoter(config: BrokerConfig): boolean {
  const isController = config.roles.size === 0 || config.roles.has('controller');
  return isController && config.getList('controller.quorum.voters').length === 0;
}

function bootstrapCheckpoint(now: number): Buffer {
  const options = {
    id: BOOTSTRAP_ID,
    lastContainedLogTimestamp: 0,
    kraftVersion: 0,
    voters: new VoterSet([]),
    timestampMs: now,
  };
  const batches = encodeBatches(defaultBootstrapRecords(), {
    metadataVersion: RELEASE_METADATA_VERSION,
    timestampMs: now,
  });
  return Buffer.concat([...encodeSnapshot(options, batches)]);
}

function writeFirstSnapshot({ disk, config, now }: FormatOptions, directoryId: string): void {
  const range = supportedFeatures.get(KRAFT_VERSION_FEATURE) ?? { min: 0, max: 0 };
  const voter = {
    id: config.nodeId,
    directoryId,
    endpoints: quorumEndpoints(config),
    minKraftVersion: range.min,
    maxKraftVersion: range.max,
  };
  const options = {
    id: BOOTSTRAP_ID,
    lastContainedLogTimestamp: now,
    kraftVersion: range.max,
    voters: new VoterSet([voter]),
    timestampMs: now,
  };
  const directory = metadataPartitionDirectory(config.metadataLogDir);
  disk.makeDirectory(directory);
  const path = `${directory}/${snapshotFileName(BOOTSTRAP_ID)}`;
  writeFirst(disk, path, Buffer.concat([...encodeSnapshot(options, [])]));
  disk.syncDirectory(directory);
}

/** Half of a file does no harm in a directory that is not formatted: all of it is written again. */
function writeFirst(disk: Disk, path: string, content: Buffer): void {
  const file = disk.open(path, 'write');
  try {
    file.truncate(0);
    file.write(content, 0);
    file.syncNow();
  } finally {
    file.close();
  }
}
