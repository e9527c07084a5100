import { type Clock, Directory, type Disk, type DiskFile } from '@tidelog/platform';
import type { Scheduler } from '../world/scheduler.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import { CrashSignal, systemError } from '../world/failures.ts';
import { OperationGate } from './operation-gate.ts';
import type { DiskOperation, OperationKind } from './operation-gate.ts';
import { SimulatedFile } from './simulated-file.ts';
import { Storage } from './storage.ts';
import { StoredFile } from './stored-file.ts';

const DEFAULT_CAPACITY_BYTES = 2 ** 40;

export interface SimulatedDiskOptions {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  /** Dates the files. */
  readonly clock: Clock;
  /** Bytes of file content, in pages of 4 KiB, from which on writes fail with ENOSPC. */
  readonly capacityBytes?: number;
  readonly storage?: Storage;
  /** Called when the disk crashes by itself (`crashAtOperation`). */
  readonly onCrash?: () => void;
}

/**
 * A disk as one running program has it: in memory, faithful to the contract of the Disk port in
 * what it forgets, and failing on demand. After a crash calls throw a CrashSignal, running
 * syncs never end, and `survivor()` is what the next program finds.
 */
export class SimulatedDisk implements Disk {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #clock: Clock;
  readonly #storage: Storage;
  readonly #gate: OperationGate;
  readonly #onCrash: () => void;
  readonly #locks = new Set<StoredFile>();
  /** May be changed at any time. */
  capacityBytes: number;

  constructor(options: SimulatedDiskOptions) {
    this.#scheduler = options.scheduler;
    this.#random = options.random;
    this.#clock = options.clock;
    this.#storage = options.storage ?? new Storage();
    this.#gate = new OperationGate((line) => options.scheduler.note(line));
    this.#onCrash = options.onCrash ?? (() => {});
    this.capacityBytes = options.capacityBytes ?? DEFAULT_CAPACITY_BYTES;
  }

  // The test's side.

  /** How many changing operations the program has called: writes, syncs and changes of names. */
  get operationCount(): number {
    return this.#gate.count;
  }

  get crashed(): boolean {
    return this.#gate.crashed;
  }

  /**
   * Crashes in the middle of the changing operation of that number (the first one is 1). With `silent`
   * no CrashSignal is thrown: until its turn is over the program goes on with what it takes for its
   * disk, and nobody sees it. For programs that are too large to hold each of their promises.
   */
  crashAtOperation(number: number, { silent = false } = {}): void {
    this.#gate.crashAt(number, silent);
  }

  /** Fails operations with an error code: the next `times` (1) that match. */
  fail(code: string, matches: (operation: DiskOperation) => boolean, times = 1): { stop(): void } {
    return this.#gate.fail({ code, matches, remaining: times });
  }

  crash(): void {
    if (this.crashed) return;
    this.detach();
    this.#onCrash();
  }

  /** Ends the program's access as a crash does, without one. */
  detach(): void {
    this.#gate.close();
  }

  /** What a crash now would leave, as a new disk. This one stays as it is, so ask at any time. */
  survivor(random: SeededRandom = this.#random): SimulatedDisk {
    return this.reopened({ storage: this.#storage.survivor(random) });
  }

  /** The same content for the next program; what this one did not sync stays unsynced. */
  reopened(changes: Partial<SimulatedDiskOptions> = {}): SimulatedDisk {
    return new SimulatedDisk({
      scheduler: this.#scheduler,
      random: this.#random,
      clock: this.#clock,
      capacityBytes: this.capacityBytes,
      storage: this.#storage,
      ...changes,
    });
  }

  /** Flips a bit of a file behind everybody's back. */
  rot(path: string, position: number, bit: number): void {
    this.#storage.file(path).rot(position, bit);
  }

  // The program's side.

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    this.assertAlive();
    const found = mode === 'read' ? this.#storage.entry(path) : this.#storage.find(path);
    if (found !== undefined && mode === 'create') throw systemError('EEXIST', path);
    if (found instanceof Directory) throw systemError('EISDIR', path);
    return new SimulatedFile(this, path, found ?? this.#create(path), mode !== 'read');
  }

  readFile(path: string): Buffer {
    this.assertAlive();
    const stored = this.#storage.file(path);
    return this.readFrom(stored, path, 0, stored.sizeBytes);
  }

  replaceFile(path: string, content: string | Uint8Array): void {
    const temporaryPath = `${path}.tmp`;
    const file = this.open(temporaryPath, 'write');
    file.truncate(0);
    file.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
    file.syncNow();
    file.close();
    this.rename(temporaryPath, path);
    this.syncDirectory(`${path}/..`);
  }

  exists(path: string): boolean {
    this.assertAlive();
    return this.#storage.find(path) !== undefined;
  }

  list(path: string): string[] {
    this.assertAlive();
    return [...this.#storage.directory(path).entries.keys()];
  }

  listDirectories(path: string): string[] {
    this.assertAlive();
    const { entries } = this.#storage.directory(path);
    return [...entries].filter(([, entry]) => entry instanceof Directory).map(([name]) => name);
  }

  stat(path: string): { sizeBytes: number; modifiedMs: number; isDirectory: boolean } {
    this.assertAlive();
    const entry = this.#storage.entry(path);
    const { modifiedMs } = entry;
    if (entry instanceof StoredFile) {
      return { sizeBytes: entry.sizeBytes, modifiedMs, isDirectory: false };
    }
    return { sizeBytes: 0, modifiedMs, isDirectory: true };
  }

  setModified(path: string, modifiedMs: number): void {
    this.assertAlive();
    this.#storage.file(path).modifiedMs = modifiedMs;
  }

  makeDirectory(path: string): void {
    this.assertAlive();
    for (const made of this.#storage.missingDirectories(path)) {
      const directory = new Directory<StoredFile>(this.#clock.now());
      this.#set('makeDirectory', made, directory);
    }
  }

  rename(from: string, to: string): void {
    this.assertAlive();
    const rename = () => this.#storage.rename(from, to, this.#clock.now());
    this.#make('rename', `${from} -> ${to}`, rename);
  }

  unlink(path: string): void {
    this.assertAlive();
    this.#storage.file(path);
    this.#remove('unlink', path);
  }

  unlinkLater(path: string): Promise<void> {
    this.assertAlive();
    const delayMs = 0.5 + this.#random.below(8000) / 1000;
    return new Promise((resolve, reject) => {
      this.#scheduler.schedule(delayMs, `disk unlinked ${path}`, () => {
        if (this.crashed) return;
        try {
          this.unlink(path);
          resolve();
        } catch (error) {
          if (!(error instanceof CrashSignal)) reject(error);
        }
      });
    });
  }

  removeDirectory(path: string): void {
    this.assertAlive();
    for (const [name, entry] of this.#storage.directory(path).entries) {
      if (entry instanceof StoredFile) this.unlink(`${path}/${name}`);
      else this.removeDirectory(`${path}/${name}`);
    }
    this.#remove('removeDirectory', path);
  }

  syncDirectory(path: string): void {
    this.assertAlive();
    this.#storage.directory(path);
    const verdict = this.#gate.enter('syncDirectory', path);
    if (verdict === 'crash') return this.#crashNow();
    if (verdict !== undefined) throw systemError(verdict.code, path);
    this.#storage.makeDurable(this.#storage.changesIn(path));
  }

  syncDirectoryLater(path: string): Promise<void> {
    this.assertAlive();
    const changes = this.#storage.changesIn(path);
    const verdict = this.#gate.enter('syncDirectory', path);
    if (verdict === 'crash') return this.#crashInSync();
    const delayMs = 0.5 + this.#random.below(8000) / 1000;
    return new Promise((resolve, reject) => {
      this.#scheduler.schedule(delayMs, `disk synced ${path}`, () => {
        if (this.crashed) return;
        if (verdict !== undefined) return reject(systemError(verdict.code, path));
        this.#storage.makeDurable(changes);
        resolve();
      });
    });
  }

  openFileLimit(): null {
    return null;
  }

  space(): { freeBytes: number; totalBytes: number } {
    this.assertAlive();
    return { freeBytes: this.#freeBytes(), totalBytes: this.capacityBytes };
  }

  lock(path: string): { release(): void } | null {
    this.open(path, 'write').close();
    const stored = this.#storage.file(path);
    if (this.#locks.has(stored)) return null;
    this.#locks.add(stored);
    let held = true;
    return {
      release: () => {
        if (held) this.#locks.delete(stored);
        held = false;
      },
    };
  }

  // For open files.

  assertAlive(): void {
    this.#gate.assertAlive();
  }

  readFrom(stored: StoredFile, path: string, position: number, length: number): Buffer {
    const verdict = this.#gate.enter('read', path, length);
    if (verdict !== undefined && verdict !== 'crash') throw systemError(verdict.code, path);
    return stored.read(position, length);
  }

  writeTo(stored: StoredFile, path: string, bytes: Buffer, position: number): void {
    const verdict = this.#gate.enter('write', path, bytes.length);
    const fitting = stored.fitting(position, bytes.length, () => this.#freeBytes());
    const written = verdict === undefined ? fitting : this.#random.below(fitting + 1);
    stored.write(bytes.subarray(0, written), position);
    stored.modifiedMs = this.#clock.now();
    if (verdict === 'crash') return this.#crashNow();
    if (verdict !== undefined) throw systemError(verdict.code, path);
    if (written < bytes.length) throw systemError('ENOSPC', path);
  }

  resize(stored: StoredFile, path: string, sizeBytes: number): void {
    this.#make('truncate', path, () => stored.resize(sizeBytes));
  }

  syncNow(stored: StoredFile, path: string): void {
    const verdict = this.#gate.enter('sync', path);
    if (verdict === 'crash') return this.#crashNow();
    if (verdict === undefined) return stored.syncUpTo(stored.mark());
    stored.loseUpTo(stored.mark(), this.#random);
    throw systemError(verdict.code, path);
  }

  syncLater(stored: StoredFile, path: string): Promise<void> {
    const verdict = this.#gate.enter('sync', path);
    if (verdict === 'crash') return this.#crashInSync();
    const mark = stored.mark();
    const delayMs = 0.5 + this.#random.below(8000) / 1000;
    return new Promise((resolve, reject) => {
      this.#scheduler.schedule(delayMs, `disk synced ${path}`, () => {
        if (this.crashed) return;
        if (verdict === undefined) {
          stored.syncUpTo(mark);
          resolve();
        } else {
          stored.loseUpTo(mark, this.#random);
          reject(systemError(verdict.code, path));
        }
      });
    });
  }

  /** A change that is made whole or not at all; cut by a crash, it is made and not synced. */
  #make(kind: OperationKind, path: string, change: () => void): void {
    const verdict = this.#gate.enter(kind, path);
    if (verdict !== undefined && verdict !== 'crash') throw systemError(verdict.code, path);
    change();
    if (verdict === 'crash') return this.#crashNow();
  }

  #set(kind: OperationKind, path: string, entry: StoredFile | Directory<StoredFile>): void {
    this.#make(kind, path, () => this.#storage.set(path, entry, this.#clock.now()));
  }

  #remove(kind: OperationKind, path: string): void {
    this.#make(kind, path, () => this.#storage.remove(path, this.#clock.now()));
  }

  #create(path: string): StoredFile {
    const stored = new StoredFile();
    stored.modifiedMs = this.#clock.now();
    this.#storage.place(path); // its directory must exist
    this.#set('create', path, stored);
    return stored;
  }

  #freeBytes(): number {
    if (this.capacityBytes === DEFAULT_CAPACITY_BYTES) return DEFAULT_CAPACITY_BYTES;
    let used = 0;
    for (const file of this.#storage.files()) used += file.allocatedBytes;
    return Math.max(0, this.capacityBytes - used);
  }

  #crashNow(): void {
    this.crash();
    this.#gate.interrupt();
  }

  #crashInSync(): Promise<void> {
    this.#crashNow();
    return new Promise(() => {});
  }
}
