import { systemError } from './system-error.ts';

/** Files of type `F` and directories by name. */
export class Directory<F extends object> {
  readonly entries: Map<string, F | Directory<F>>;
  modifiedMs: number;

  constructor(modifiedMs: number, entries = new Map<string, F | Directory<F>>()) {
    this.modifiedMs = modifiedMs;
    this.entries = entries;
  }
}

/** One name in a directory set to an entry, or removed. */
export interface NameSetting<F extends object> {
  readonly directory: Directory<F>;
  readonly name: string;
  readonly entry: F | Directory<F> | undefined;
}

/** What is made as a whole or not at all: a creation, a removal, both ends of a rename. */
export type NameChange<F extends object> = readonly NameSetting<F>[];

/** The names of a disk in memory. What cannot be found or changed is refused with Linux's codes. */
export class NameTree<F extends object> {
  readonly root: Directory<F>;

  constructor(root = new Directory<F>(0)) {
    this.root = root;
  }

  find(path: string): F | Directory<F> | undefined {
    let entry: F | Directory<F> | undefined = this.root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof Directory)) return undefined;
      entry = entry.entries.get(name);
    }
    return entry;
  }

  /** Like `find`, or ENOENT; ENOTDIR where the path leads through a file. */
  entry(path: string): F | Directory<F> {
    let entry: F | Directory<F> = this.root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof Directory)) throw systemError('ENOTDIR', path);
      const next: F | Directory<F> | undefined = entry.entries.get(name);
      if (next === undefined) throw systemError('ENOENT', path);
      entry = next;
    }
    return entry;
  }

  directory(path: string): Directory<F> {
    const entry = this.entry(path);
    if (!(entry instanceof Directory)) throw systemError('ENOTDIR', path);
    return entry;
  }

  file(path: string): F {
    const entry = this.entry(path);
    if (entry instanceof Directory) throw systemError('EISDIR', path);
    return entry;
  }

  /** Where a name stands: its directory, which exists, and the name in it. */
  place(path: string): { directory: Directory<F>; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw systemError('EBUSY', path);
    return { directory: this.directory(names.join('/')), name };
  }

  /** The directories that have to be made for `path` to be one, from the outermost on. */
  missingDirectories(path: string): string[] {
    const missing: string[] = [];
    let at = '';
    const names = namesOf(path);
    for (const [i, name] of names.entries()) {
      at += `/${name}`;
      const found = this.find(at);
      if (found === undefined) missing.push(at);
      else if (!(found instanceof Directory)) {
        throw systemError(i === names.length - 1 ? 'EEXIST' : 'ENOTDIR', at);
      }
    }
    return missing;
  }

  set(path: string, entry: F | Directory<F>, now: number): void {
    this.change([{ ...this.place(path), entry }], now);
  }

  remove(path: string, now: number): void {
    this.change([{ ...this.place(path), entry: undefined }], now);
  }

  rename(from: string, to: string, now: number): void {
    const left = this.place(from);
    const taken = this.place(to); // the directories are looked at before the names in them
    const source = this.entry(from);
    const target = this.find(to);
    if (source === target) return;
    if (isBelow(to, from)) throw systemError('EINVAL', to);
    if (target instanceof Directory) {
      if (!(source instanceof Directory)) throw systemError('EISDIR', to);
      if (target.entries.size > 0) throw systemError('ENOTEMPTY', to);
    } else if (target !== undefined && source instanceof Directory) {
      throw systemError('ENOTDIR', to);
    }
    const change = [
      { ...left, entry: undefined },
      { ...taken, entry: source },
    ];
    this.change(change, now);
  }

  /** All changes of names come here. */
  protected change(change: NameChange<F>, now: number): void {
    for (const setting of change) {
      assign(setting.directory.entries, setting);
      setting.directory.modifiedMs = now;
    }
  }
}

/** Makes that change in these entries of its directory. */
export function assign<F extends object>(
  entries: Map<string, F | Directory<F>>,
  { name, entry }: NameSetting<F>,
): void {
  if (entry === undefined) entries.delete(name);
  else entries.set(name, entry);
}

function isBelow(path: string, ancestor: string): boolean {
  const names = namesOf(path);
  return namesOf(ancestor).every((name, i) => names[i] === name);
}

function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}
