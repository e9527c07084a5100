import type { Disk, DiskFile } from '@tidelog/platform';
import {
  BATCH_HEADER_SIZE,
  batchBaseSequence,
  batchIsControl,
  batchIsTransactional,
  batchSizeBytes,
  computeBatchCrc,
  controlRecordKey,
  controlRecordTypes,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  RecordCursor,
  writeInt64,
} from '@tidelog/protocol';

const CRC_AT = 17;
const PRODUCER_ID_AT = 43;
const BASE_SEQUENCE_AT = 53;

/** Bug: new and renamed files are not synced in their directory. */
export function withoutDirectorySync(disk: Disk): Disk {
  return replacing(disk, {
    syncDirectory: () => {},
    syncDirectoryLater: () => Promise.resolve(),
  });
}

/** Bug: files that match are not written. */
export function withoutFiles(disk: Disk, matches: (path: string) => boolean): Disk {
  const open = (path: string, mode: 'read' | 'write' | 'create'): DiskFile => {
    const file = disk.open(path, mode);
    return matches(path) ? replacing(file, { write: () => {}, writev: () => {} }) : file;
  };
  const replaceFile = (path: string, content: string | Uint8Array): void => {
    if (!matches(path)) disk.replaceFile(path, content);
  };
  return replacing(disk, { open, replaceFile });
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

/** Bug: a write that fails is taken for one that was made. */
export function withWriteErrorsHidden(disk: Disk): Disk {
  const open = (path: string, mode: 'read' | 'write' | 'create'): DiskFile => {
    const file = disk.open(path, mode);
    const writev = (buffers: readonly Uint8Array[], position: number): void => {
      try {
        file.writev(buffers, position);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
      }
    };
    return replacing(file, { writev, write: (buffer, position) => writev([buffer], position) });
  };
  return replacing(disk, { open });
}

/** Bug: who produced a batch is not written with it, so that a restart forgets producers. */
export function withoutProducers(disk: Disk): Disk {
  return writing(disk, {
    matches: (path) => path.endsWith('.log'),
    change: (bytes, at) => {
      if (batchIsTransactional(bytes, at) || batchBaseSequence(bytes, at) < 0) return;
      writeInt64(bytes, at + PRODUCER_ID_AT, NO_PRODUCER_ID);
      bytes.writeInt32BE(NO_SEQUENCE, at + BASE_SEQUENCE_AT);
    },
  });
}

/** Bug: in logs that match, transactions that are committed are written down as aborted. */
export function withMistakenMarkers(disk: Disk, matches: (path: string) => boolean): Disk {
  const cursor = new RecordCursor();
  return writing(disk, {
    matches: (path) => path.endsWith('.log') && matches(path),
    change: (bytes, at) => {
      if (!batchIsControl(bytes, at)) return;
      cursor.open(bytes, at);
      cursor.next();
      controlRecordKey(controlRecordTypes.abort).copy(bytes, cursor.keyAt);
    },
  });
}

/** Every batch that is written to a file that matches is changed on its way. */
function writing(
  disk: Disk,
  bug: { matches: (path: string) => boolean; change: (bytes: Buffer, at: number) => void },
): Disk {
  const changed = (bytes: Buffer): Buffer => {
    for (let at = 0; at + BATCH_HEADER_SIZE <= bytes.length; at += batchSizeBytes(bytes, at)) {
      bug.change(bytes, at);
      bytes.writeUInt32BE(computeBatchCrc(bytes, at), at + CRC_AT);
    }
    return bytes;
  };
  const open = (path: string, mode: 'read' | 'write' | 'create'): DiskFile => {
    const file = disk.open(path, mode);
    if (!bug.matches(path)) return file;
    const writev = (buffers: readonly Uint8Array[], position: number): void =>
      file.writev([changed(Buffer.concat(buffers))], position);
    const write = (buffer: Uint8Array, position: number): void => writev([buffer], position);
    return replacing(file, { writev, write });
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
