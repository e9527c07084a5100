import { DirectoryError, LogDirectory } from '@tidelog/log';
import {
  type BrokerConfig,
  type ClusterMetadata,
  directoriesOf,
  formatDirectories,
  loadDirectories,
  openClusterMetadata,
  QuorumUnreachableError,
} from '@tidelog/metadata';
import type { Platform } from '@tidelog/platform';
import type { ServeLog } from '../serve.ts';
import { StartupError } from '../startup-error.ts';
import { topicSettings } from '../topics/topic-settings.ts';

export interface OpenedStorage {
  readonly clusterId: string;
  readonly directories: readonly LogDirectory[];
  readonly directoryIds: readonly string[];
  readonly metadata: ClusterMetadata;
  /** From the last clean stop; -1 after another (KIP-966). */
  readonly previousBrokerEpoch: number;
}

interface StorageOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly log: ServeLog;
  readonly onFatal: (error: Error) => void;
}

const META_PROPERTIES = 'meta.properties';

/** What an unformatted directory may hold without being somebody else's: a format cut off, for one. */
const harmless = new Set([
  'lost+found',
  '.lock',
  'bootstrap.checkpoint',
  'bootstrap.checkpoint.tmp',
  `${META_PROPERTIES}.tmp`,
  '__cluster_metadata-0',
]);

/**
 * Locks and opens the log directories, formatting those that are new, and loads the metadata log.
 * Everything that can be wrong with them is a StartupError.
 */
export async function openStorage(options: StorageOptions): Promise<OpenedStorage> {
  const { platform, config, onFatal } = options;
  const opened: LogDirectory[] = [];
  try {
    refuseForeign(options);
    for (const path of directoriesOf(config)) opened.push(openDirectory(path, options));
    format(options);
    const loaded = loadDirectories(config, platform);
    if ('problem' in loaded) throw new StartupError(loaded.problem);
    const directoryId = loaded.directoryIds.get(config.metadataLogDir)!;
    const { clusterId } = loaded;
    const metadata = await openClusterMetadata({
      platform,
      config,
      clusterId,
      directoryId,
      onFailure: onFatal,
    });
    const directories = opened.filter(({ path }) => config.logDirs.includes(path));
    return {
      clusterId,
      directories,
      directoryIds: directories.map(({ path }) => loaded.directoryIds.get(path)!),
      metadata,
      previousBrokerEpoch: Math.max(-1, ...directories.map((d) => d.lastBrokerEpoch ?? -1)),
    };
  } catch (error) {
    for (const directory of opened) directory.release();
    throw asStartupError(error);
  }
}

/** Formats what is new; what was formatted before stays as it is. Returns the cluster id. */
export function format(
  options: Pick<StorageOptions, 'platform' | 'config'>,
  clusterId?: string,
): { clusterId: string; directories: readonly string[] } {
  const { platform, config } = options;
  const formatted = formatDirectories({
    disk: platform.disk,
    random: platform.random,
    now: platform.clock.now(),
    config,
    ...(clusterId !== undefined && { clusterId }),
  });
  if ('problem' in formatted) throw new StartupError(formatted.problem);
  return formatted;
}

/** A directory that holds something and is not formatted belongs to somebody else. */
export function refuseForeign({ platform, config }: Pick<StorageOptions, 'platform' | 'config'>) {
  const { disk } = platform;
  for (const path of directoriesOf(config)) {
    if (!disk.exists(path)) continue;
    const names = disk.list(path);
    if (names.includes(META_PROPERTIES)) continue;
    const foreign = names.find((name) => !harmless.has(name) && !name.startsWith('.'));
    if (foreign === undefined) continue;
    throw new StartupError(
      `${path} is no log directory: it holds ${foreign} and no ${META_PROPERTIES}`,
    );
  }
}

function openDirectory(path: string, { platform, config, log: out }: StorageOptions): LogDirectory {
  // The topics' own configs are known only when the metadata is loaded, and are set then.
  const { log } = topicSettings(config, new Map());
  const directory = LogDirectory.open({
    path,
    disk: platform.disk,
    random: platform.random,
    now: platform.clock.now(),
    configOf: () => log,
    onFailure: (reason) => out.error(`${path} is offline: ${reason}`),
    producerIdExpirationMs: config.getInt('producer.id.expiration.ms'),
    intervals: {
      recoveryPointCheckpointMs: config.getInt('log.flush.offset.checkpoint.interval.ms'),
      logStartOffsetCheckpointMs: config.getInt('log.flush.start.offset.checkpoint.interval.ms'),
      highWatermarkCheckpointMs: config.getLong('replica.high.watermark.checkpoint.interval.ms'),
      retentionCheckMs: config.getLong('log.retention.check.interval.ms'),
      producerExpiryCheckMs: config.getInt('producer.id.expiration.check.interval.ms'),
    },
  });
  tellRecovery(directory, out);
  return directory;
}

/** What recovery had to give up is worth a line each: nobody else would tell. */
function tellRecovery(directory: LogDirectory, out: ServeLog): void {
  for (const { name, cutTail } of directory.logs) {
    if (cutTail === null) continue;
    const { bytes, endOffset, reason } = cutTail;
    out.warn(`${name}: cut ${bytes} bytes from offset ${endOffset} on: ${reason}`);
  }
  for (const [name, reason] of directory.offline) out.error(`${name} is offline: ${reason}`);
}

const diskProblems: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'there is no space left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EACCES', 'this user may not write there'],
  ['EPERM', 'this user may not write there'],
  ['EROFS', 'the file system is read-only'],
  ['ENOTDIR', 'a part of the path is no directory'],
  ['EIO', 'the disk fails'],
]);

/** Turns what a directory can do to a start into one sentence. */
export function asStartupError(error: unknown): unknown {
  if (error instanceof StartupError) return error;
  if (error instanceof DirectoryError || error instanceof QuorumUnreachableError) {
    return new StartupError(error.message, { cause: error });
  }
  const { code, path, message } = error as NodeJS.ErrnoException;
  const problem = code === undefined ? undefined : diskProblems.get(code);
  if (problem === undefined) return error;
  return new StartupError(`cannot use ${path ?? 'the data directory'}: ${problem} (${message})`, {
    cause: error,
  });
}
