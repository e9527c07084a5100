import type { SeededRandom } from '../world/seeded-random.ts';
import { systemError } from '../world/failures.ts';
import { StoredFile } from './stored-file.ts';
import { drawSurvival } from './survival.ts';

export class StoredDirectory {
  readonly live: Map<string, Entry>;
  readonly durable: Map<string, Entry>;
  modifiedMs = 0;

  constructor(entries = new Map<string, Entry>()) {
    this.durable = entries;
    this.live = new Map(entries);
  }
}

export type Entry = StoredFile | StoredDirectory;

/** One name set to an entry, or removed. */
interface NameSetting {
  readonly directory: StoredDirectory;
  readonly name: string;
  readonly entry: Entry | undefined;
}

/** What a crash finds made as a whole or not at all: a creation, a removal, both ends of a rename. */
type NameChange = readonly NameSetting[];

/**
 * Everything on one disk: files and names, as programs see them and as they are on the platter.
 *
 * Names are journaled as file systems do it: a rename is never half made, and changes of the same
 * name keep their order; other than that a crash may find any of the unsynced changes made.
 */
export class Storage {
  readonly root: StoredDirectory;
  #pending: NameChange[] = [];

  constructor(root = new StoredDirectory()) {
    this.root = root;
  }

  find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof StoredDirectory)) return undefined;
      entry = entry.live.get(name);
    }
    return entry;
  }

  /** Like `find`, or ENOENT; ENOTDIR where the path leads through a file. */
  entry(path: string): Entry {
    let entry: Entry | undefined = this.root;
    for (const name of namesOf(path)) {
      if (entry instanceof StoredFile) throw systemError('ENOTDIR', path);
      entry = entry?.live.get(name);
      if (entry === undefined) throw systemError('ENOENT', path);
    }
    return entry;
  }

  directory(path: string): StoredDirectory {
    const entry = this.entry(path);
    if (!(entry instanceof StoredDirectory)) throw systemError('ENOTDIR', path);
    return entry;
  }

  file(path: string): StoredFile {
    const entry = this.entry(path);
    if (entry instanceof StoredDirectory) throw systemError('EISDIR', path);
    return entry;
  }

  /** Where a name stands: its directory, which exists, and the name in it. */
  place(path: string): { directory: StoredDirectory; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw systemError('EBUSY', path);
    return { directory: this.directory(names.join('/')), name };
  }

  set(path: string, entry: Entry | undefined): void {
    this.#change([{ ...this.place(path), entry }]);
  }

  rename(from: string, to: string): void {
    this.place(from);
    this.place(to); // the directories are looked at before the names in them
    const source = this.entry(from);
    const target = this.find(to);
    if (source === target) return;
    if (isBelow(to, from)) throw systemError('EINVAL', to);
    if (target instanceof StoredDirectory) {
      if (!(source instanceof StoredDirectory)) throw systemError('EISDIR', to);
      if (target.live.size > 0) throw systemError('ENOTEMPTY', to);
    } else if (target !== undefined && source instanceof StoredDirectory) {
      throw systemError('ENOTDIR', to);
    }
    this.#change([
      { ...this.place(from), entry: undefined },
      { ...this.place(to), entry: source },
    ]);
  }

  /** The changes of names in a directory that are not durable. */
  changesIn(path: string): ReadonlySet<NameChange> {
    const directory = this.directory(path);
    const touches = (change: NameChange): boolean =>
      change.some((setting) => setting.directory === directory);
    return new Set(this.#pending.filter(touches));
  }

  /** Makes these changes durable, with those that they rest on. */
  makeDurable(changes: ReadonlySet<NameChange>): void {
    const made = this.#withFoundations(this.#pending.map((change) => changes.has(change)));
    const pending = this.#pending;
    this.#pending = pending.filter((_, ordinal) => !made[ordinal]);
    for (const change of pending.filter((_, ordinal) => made[ordinal])) {
      for (const { directory: place, name, entry } of change) assign(place.durable, name, entry);
    }
  }

  /** Every file that a name leads to. */
  *files(directory = this.root): Generator<StoredFile> {
    for (const entry of directory.live.values()) {
      if (entry instanceof StoredFile) yield entry;
      else yield* this.files(entry);
    }
  }

  /** What a crash now would leave. This storage stays as it is. */
  survivor(random: SeededRandom): Storage {
    const survives = drawSurvival(random, this.#pending.length);
    const made = this.#withFoundations(
      this.#pending.map((_, ordinal) => survives([ordinal]) === 1),
    );
    const changed = new Map<StoredDirectory, Map<string, Entry>>();
    const entriesOf = (directory: StoredDirectory): Map<string, Entry> => {
      let entries = changed.get(directory);
      if (entries === undefined) changed.set(directory, (entries = new Map(directory.durable)));
      return entries;
    };
    this.#pending.forEach((change, ordinal) => {
      if (!made[ordinal]) return;
      for (const { directory, name, entry } of change) assign(entriesOf(directory), name, entry);
    });
    const copyDirectory = (directory: StoredDirectory): StoredDirectory => {
      const copies = [...entriesOf(directory)].map(([name, entry]): [string, Entry] => [
        name,
        entry instanceof StoredFile ? entry.survivor(random) : copyDirectory(entry),
      ]);
      const copy = new StoredDirectory(new Map(copies));
      copy.modifiedMs = directory.modifiedMs;
      return copy;
    };
    return new Storage(copyDirectory(this.root));
  }

  #change(change: NameChange): void {
    for (const { directory, name, entry } of change) assign(directory.live, name, entry);
    this.#pending.push(change);
  }

  /** The chosen changes, and all earlier ones of the same names. */
  #withFoundations(chosen: readonly boolean[]): boolean[] {
    const made = [...chosen];
    const names = new Map<StoredDirectory, Set<string>>();
    const isNeeded = ({ directory, name }: NameSetting): boolean =>
      names.get(directory)?.has(name) ?? false;
    for (let ordinal = made.length - 1; ordinal >= 0; ordinal--) {
      const change = this.#pending[ordinal] as NameChange;
      if (!made[ordinal] && !change.some(isNeeded)) continue;
      made[ordinal] = true;
      for (const { directory, name } of change) {
        names.set(directory, (names.get(directory) ?? new Set()).add(name));
      }
    }
    return made;
  }
}

function assign(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(name);
  else entries.set(name, entry);
}

function isBelow(path: string, ancestor: string): boolean {
  const names = namesOf(path);
  return namesOf(ancestor).every((name, i) => names[i] === name);
}

export function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}
