import { DirectoryError, LogDirectory, StorageError } from '@tidelog/log';
import {
  type BrokerConfig,
  type ClusterMetadata,
  directoriesOf,
  type FormatOptions,
  formatDirectories,
  loadDirectories,
  openClusterMetadata,
  QuorumUnreachableError,
} from '@tidelog/metadata';
import type { Platform } from '@tidelog/platform';
import { LogDirectories } from '../partition/log-directories.ts';
import type { ServeLog } from '../serve.ts';
import { StartupError } from '../startup-error.ts';
import { openFilesOf } from './open-files.ts';
import { topicSettings } from '../topics/topic-settings.ts';

export interface OpenedStorage {
  readonly clusterId: string;
  readonly directories: LogDirectories;
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
  const opened = new Map<string, LogDirectory>();
  const failed = new Map<string, string>();
  let directories: LogDirectories | null = null;
  try {
    for (const path of directoriesOf(config)) {
      try {
        refuseForeign(options, path);
        const onFailure = (reason: string): void => directories?.onFailure(path, reason);
        opened.set(path, openDirectory(path, options, onFailure));
      } catch (error) {
        noteFailure(path, error, { failed, options });
      }
    }
    const unusable = new Set(failed.keys());
    format(options, { failed: unusable });
    const loaded = loadDirectories(config, platform, unusable);
    if ('problem' in loaded) throw new StartupError(loaded.problem);
    for (const [path, error] of loaded.failed) {
      opened.get(path)?.release();
      opened.delete(path);
      noteFailure(path, error, { failed, options });
    }
    directories = entries(config, { opened, failed, ids: loaded.directoryIds });
    const { clusterId } = loaded;
    const metadata = await openClusterMetadata({
      // With the space that is held back: nothing can be deleted while the metadata log is stuck.
      platform: { ...platform, disk: opened.get(config.metadataLogDir)!.context.disk },
      config,
      clusterId,
      directoryId: loaded.directoryIds.get(config.metadataLogDir)!,
      onFailure: onFatal,
    });
    const epochs = directories.opened.map((directory) => directory.lastBrokerEpoch ?? -1);
    return { clusterId, directories, metadata, previousBrokerEpoch: Math.max(-1, ...epochs) };
  } catch (error) {
    for (const directory of opened.values()) directory.release();
    throw asStartupError(error);
  }
}

/** A directory on a broken disk is offline, and the others go on; without the metadata log nothing does. */
function noteFailure(
  path: string,
  error: unknown,
  { failed, options }: { failed: Map<string, string>; options: StorageOptions },
): void {
  const { config, log } = options;
  const isOfDisk =
    error instanceof StorageError || (error as NodeJS.ErrnoException).code !== undefined;
  const isNeeded = path === config.metadataLogDir;
  const isLast = failed.size + 1 === config.logDirs.length;
  if (!isOfDisk || isNeeded || isLast) throw error;
  const { message } = error as Error;
  failed.set(path, message);
  log.error(`${path} is offline: ${message}`);
}

function entries(
  config: BrokerConfig,
  found: {
    readonly opened: ReadonlyMap<string, LogDirectory>;
    readonly failed: ReadonlyMap<string, string>;
    readonly ids: ReadonlyMap<string, string>;
  },
): LogDirectories {
  const { opened, failed, ids } = found;
  return new LogDirectories(
    [...new Set(config.logDirs)].map((path) => ({
      path,
      id: ids.get(path) ?? null,
      directory: opened.get(path) ?? null,
      problem: failed.get(path) ?? null,
    })),
  );
}

/** Formats what is new; what was formatted before stays as it is. Returns the cluster id. */
export function format(
  options: Pick<StorageOptions, 'platform' | 'config'>,
  chosen: Pick<FormatOptions, 'clusterId' | 'failed'> = {},
): { clusterId: string; directories: readonly string[] } {
  const { platform, config } = options;
  const formatted = formatDirectories({
    disk: platform.disk,
    random: platform.random,
    now: platform.clock.now(),
    config,
    ...chosen,
  });
  if ('problem' in formatted) throw new StartupError(formatted.problem);
  return formatted;
}

/** A directory that holds something and is not formatted belongs to somebody else. */
export function refuseForeign({ platform }: Pick<StorageOptions, 'platform'>, path: string): void {
  const { disk } = platform;
  if (!disk.exists(path)) return;
  const names = disk.list(path);
  if (names.includes(META_PROPERTIES)) return;
  const foreign = names.find((name) => !harmless.has(name) && !name.startsWith('.'));
  if (foreign === undefined) return;
  throw new StartupError(
    `${path} is no log directory: it holds ${foreign} and no ${META_PROPERTIES}`,
  );
}

function openDirectory(
  path: string,
  options: StorageOptions,
  onFailure: (reason: string) => void,
): LogDirectory {
  const { platform, config, log: out } = options;
  // The topics' own configs are known only when the metadata is loaded, and are set then.
  const { log } = topicSettings(config, new Map());
  const directory = LogDirectory.open({
    path,
    disk: platform.disk,
    random: platform.random,
    now: platform.clock.now(),
    configOf: () => log,
    onFailure,
    onFull: (isFull) =>
      out.warn(
        isFull
          ? `the disk of ${path} is full: what is produced there is refused until there is space`
          : `the disk of ${path} has space again`,
      ),
    maxOpenFiles: openFilesOf(platform.disk, config.logDirs.length),
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
