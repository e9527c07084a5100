import { StoredFile } from './memory-file.ts';
import { systemError } from './system-error.ts';

export class Directory {
  readonly entries = new Map<string, Entry>();
  modifiedMs: number;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

export type Entry = StoredFile | Directory;

/** The names of a memory disk. What cannot be found or changed is refused with Linux's codes. */
export class NameTree {
  readonly #root = new Directory(0);

  find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof Directory)) return undefined;
      entry = entry.entries.get(name);
    }
    return entry;
  }

  entry(path: string): Entry {
    let entry: Entry = this.#root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof Directory)) throw systemError('ENOTDIR', path);
      const next = entry.entries.get(name);
      if (next === undefined) throw systemError('ENOENT', path);
      entry = next;
    }
    return entry;
  }

  directory(path: string): Directory {
    const entry = this.entry(path);
    if (!(entry instanceof Directory)) throw systemError('ENOTDIR', path);
    return entry;
  }

  file(path: string): StoredFile {
    const entry = this.entry(path);
    if (entry instanceof Directory) throw systemError('EISDIR', path);
    return entry;
  }

  set(path: string, entry: Entry, now: number): void {
    const { directory, name } = this.#place(path);
    directory.entries.set(name, entry);
    directory.modifiedMs = now;
  }

  remove(path: string, now: number): void {
    const { directory, name } = this.#place(path);
    directory.entries.delete(name);
    directory.modifiedMs = now;
  }

  rename(from: string, to: string, now: number): void {
    this.#place(from);
    this.#place(to); // the directories are looked at before the names in them
    const source = this.entry(from);
    const target = this.find(to);
    if (source === target) return;
    if (namesOf(from).every((name, i) => namesOf(to)[i] === name)) throw systemError('EINVAL', to);
    if (target instanceof Directory) {
      if (source instanceof StoredFile) throw systemError('EISDIR', to);
      if (target.entries.size > 0) throw systemError('ENOTEMPTY', to);
    } else if (target !== undefined && source instanceof Directory) {
      throw systemError('ENOTDIR', to);
    }
    this.remove(from, now);
    this.set(to, source, now);
  }

  /** Where a name stands: its directory, which exists, and the name in it. */
  #place(path: string): { directory: Directory; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw systemError('EBUSY', path);
    return { directory: this.directory(names.join('/')), name };
  }
}

export function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}
