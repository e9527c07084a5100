import { assign, Directory, type NameChange, NameTree } from '@tidelog/platform';
import type { SeededRandom } from '../world/seeded-random.ts';
import { StoredFile } from './stored-file.ts';
import { drawSurvival } from './survival.ts';

type StoredDirectory = Directory<StoredFile>;
type Entries = StoredDirectory['entries'];
type Change = NameChange<StoredFile>;

/**
 * Everything on one disk: files and names, as programs see them and as they are on the platter.
 *
 * Names are journaled as file systems do it: a rename is never half made, and changes of the same
 * name keep their order; other than that a crash may find any of the unsynced changes made.
 */
export class Storage extends NameTree<StoredFile> {
  /** What the platter has of a directory; of one that is new there is nothing yet. */
  readonly #durable = new WeakMap<StoredDirectory, Entries>();
  #pending: Change[] = [];

  /** All that is in `root` is durable. */
  constructor(root: StoredDirectory = new Directory(0)) {
    super(root);
    this.#noteDurable(root);
  }

  /** The changes of names in a directory that are not durable. */
  changesIn(path: string): ReadonlySet<Change> {
    const directory = this.directory(path);
    const touches = (change: Change): boolean =>
      change.some((setting) => setting.directory === directory);
    return new Set(this.#pending.filter(touches));
  }

  /** Makes these changes durable, with those that they rest on. */
  makeDurable(changes: ReadonlySet<Change>): void {
    const made = this.#withFoundations(this.#pending.map((change) => changes.has(change)));
    const pending = this.#pending;
    this.#pending = pending.filter((_, ordinal) => !made[ordinal]);
    for (const change of pending.filter((_, ordinal) => made[ordinal])) {
      for (const setting of change) assign(this.#durableIn(setting.directory), setting);
    }
  }

  /** Every file that a name leads to. */
  *files(directory = this.root): Generator<StoredFile> {
    for (const entry of directory.entries.values()) {
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
    const changed = new Map<StoredDirectory, Entries>();
    const entriesOf = (directory: StoredDirectory): Entries => {
      let entries = changed.get(directory);
      if (entries === undefined) {
        changed.set(directory, (entries = new Map(this.#durable.get(directory))));
      }
      return entries;
    };
    this.#pending.forEach((change, ordinal) => {
      if (!made[ordinal]) return;
      for (const setting of change) assign(entriesOf(setting.directory), setting);
    });
    const copyDirectory = (directory: StoredDirectory): StoredDirectory => {
      const copy: StoredDirectory = new Directory(directory.modifiedMs);
      for (const [name, entry] of entriesOf(directory)) {
        const isFile = entry instanceof StoredFile;
        copy.entries.set(name, isFile ? entry.survivor(random) : copyDirectory(entry));
      }
      return copy;
    };
    return new Storage(copyDirectory(this.root));
  }

  protected override change(change: Change, now: number): void {
    super.change(change, now);
    this.#pending.push(change);
  }

  #durableIn(directory: StoredDirectory): Entries {
    let entries = this.#durable.get(directory);
    if (entries === undefined) this.#durable.set(directory, (entries = new Map()));
    return entries;
  }

  #noteDurable(directory: StoredDirectory): void {
    this.#durable.set(directory, new Map(directory.entries));
    for (const entry of directory.entries.values()) {
      if (entry instanceof Directory) this.#noteDurable(entry);
    }
  }

  /** The chosen changes, and all earlier ones of the same names. */
  #withFoundations(chosen: readonly boolean[]): boolean[] {
    const made = [...chosen];
    const names = new Map<StoredDirectory, Set<string>>();
    const isNeeded = ({ directory, name }: Change[number]): boolean =>
      names.get(directory)?.has(name) ?? false;
    for (let ordinal = made.length - 1; ordinal >= 0; ordinal--) {
      const change = this.#pending[ordinal] as Change;
      if (!made[ordinal] && !change.some(isNeeded)) continue;
      made[ordinal] = true;
      for (const { directory, name } of change) {
        names.set(directory, (names.get(directory) ?? new Set()).add(name));
      }
    }
    return made;
  }
}
