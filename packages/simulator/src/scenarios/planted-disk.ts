import type { Disk, DiskFile } from '@tidelog/platform';

/** Bug: new and renamed files are not synced in their directory. */
export function withoutDirectorySync(disk: Disk): Disk {
  return replacing(disk, { syncDirectory: () => {} });
}

/** Bug: syncs of the files that match end at once, and nothing is synced. */
export function withoutFileSync(disk: Disk, matches: (path: string) => boolean): Disk {
  const open = (path: string, mode: 'read' | 'write' | 'create'): DiskFile => {
    const file = disk.open(path, mode);
    if (!matches(path)) return file;
    return replacing(file, { sync: () => Promise.resolve(), syncNow: () => {} });
  };
  return replacing(disk, { open });
}

/** Bug: a sync that fails is done again, and then reports success for what the system has dropped. */
export function withSyncsAgain(disk: Disk): Disk {
  const open = (path: string, mode: 'read' | 'write' | 'create'): DiskFile => {
    const file = disk.open(path, mode);
    return replacing(file, { sync: () => file.sync().catch(() => file.sync()) });
  };
  return replacing(disk, { open });
}

function replacing<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(name in members ? members : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
