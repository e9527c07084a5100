import type { LogDirectory } from '@tidelog/log';

/** One of `log.dirs`. */
export interface DirectoryEntry {
  readonly path: string;
  /** `directory.id`; null where it could not be read. */
  readonly id: string | null;
  /** Null where the directory could not be opened at start. */
  readonly directory: LogDirectory | null;
  /** Why it could not. */
  readonly problem: string | null;
}

/** All of the broker's log directories, the failed ones among them. */
export class LogDirectories {
  /** In the order of `log.dirs`. */
  readonly all: readonly DirectoryEntry[];
  /** Those that could be opened; some may have failed since. */
  readonly opened: readonly LogDirectory[];

  /** A directory has failed, in the middle of whatever was done there. */
  onFailure: (path: string, reason: string) => void = () => {};

  constructor(all: readonly DirectoryEntry[]) {
    this.all = all;
    this.opened = all.flatMap(({ directory }) => (directory === null ? [] : [directory]));
  }

  get online(): readonly LogDirectory[] {
    return this.opened.filter(({ failure }) => failure === null);
  }

  /** Directories that have failed since they were registered. */
  get failedIds(): string[] {
    const failed = this.all.filter(({ directory }) => (directory?.failure ?? null) !== null);
    return failed.flatMap(({ id }) => id ?? []);
  }

  get registeredIds(): string[] {
    return this.all.flatMap(({ directory, id }) => (directory === null ? [] : (id ?? [])));
  }

  byPath(path: string): DirectoryEntry | undefined {
    return this.all.find((entry) => entry.path === path);
  }

  /** The directory of that id, if it is online. */
  byId(id: string | undefined): LogDirectory | undefined {
    const directory = this.all.find((entry) => entry.id === id)?.directory ?? undefined;
    return directory?.failure === null ? directory : undefined;
  }

  idOf(directory: LogDirectory): string {
    return this.all.find((entry) => entry.directory === directory)?.id ?? '';
  }

  /** Why the broker cannot live without the directory; null when it can. */
  lossOf(path: string, metadataLogDir: string): string | null {
    if (path === metadataLogDir) return `${path}, which holds the metadata log, has failed`;
    return this.online.length > 0 ? null : `all log directories have failed, ${path} as the last`;
  }

  /** Where the partition is, usable or not. */
  holding(topic: string, index: number): LogDirectory | undefined {
    return this.opened.find((directory) => directory.holds(topic, index));
  }
}

/** Why a directory cannot be used; null when it can. */
export function problemOf({ problem, directory }: DirectoryEntry): string | null {
  return problem ?? directory?.failure ?? null;
}
