import type { Disk } from '@tidelog/platform';
import type { FileCache } from '../files/file-cache.ts';
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  offsetOfFileName,
  SWAP_SUFFIX,
} from '../names.ts';
import { BatchScan } from '../segment/batch-scan.ts';

/** Snapshots of the metadata log are removed by their owner. */
const METADATA_SNAPSHOT_DELETED_SUFFIX = '.checkpoint.deleted';

/**
 * Finishes or undoes what a crash interrupted in a partition's directory, as Kafka does: `.deleted`
 * files go, `.cleaned` ones were not finished and go too, `.swap` files take the place of the
 * segments that they were made from. Returns the names that remain.
 */
export function clearLeftovers(files: FileCache, directory: string): string[] {
  const { disk } = files;
  const names = disk.list(directory);
  const cleaned = names.filter((name) => name.endsWith(CLEANED_SUFFIX));
  const firstCleaned = Math.min(...cleaned.map(offsetOfFileName), Number.POSITIVE_INFINITY);
  const swaps = names.filter((name) => name.endsWith(SWAP_SUFFIX));
  const finished = swaps.filter((name) => offsetOfFileName(name) < firstCleaned);
  const unfinished = swaps.filter((name) => !finished.includes(name));
  const deleted = names.filter(
    (name) => name.endsWith(DELETED_SUFFIX) && !name.endsWith(METADATA_SNAPSHOT_DELETED_SUFFIX),
  );
  if (cleaned.length + swaps.length + deleted.length === 0) return names;
  for (const name of [...deleted, ...unfinished]) disk.unlink(`${directory}/${name}`);
  // What says that a swap was not finished goes only when the swap is gone for good.
  if (unfinished.length > 0) disk.syncDirectory(directory);
  for (const name of cleaned) disk.unlink(`${directory}/${name}`);
  if (finished.length > 0) putSwapsInPlace(files, directory, finished);
  disk.syncDirectory(directory);
  return disk.list(directory);
}

function putSwapsInPlace(files: FileCache, directory: string, swaps: readonly string[]): void {
  const { disk } = files;
  // One by one: between two of them may be a new segment that is in its place already.
  const replaced = swaps
    .filter((name) => name.endsWith(LOG_SUFFIX + SWAP_SUFFIX))
    .map((name) => {
      const from = offsetOfFileName(name);
      return { from, to: endOfLogFile(files, `${directory}/${name}`, from) };
    });
  for (const name of disk.list(directory)) {
    if (name.endsWith(SWAP_SUFFIX)) continue;
    const offset = offsetOfFileName(name);
    if (replaced.some(({ from, to }) => offset >= from && offset < to)) {
      disk.unlink(`${directory}/${name}`);
    }
  }
  // Or a crash could leave some of the old segments beside the new one.
  disk.syncDirectory(directory);
  for (const name of swaps) replaceBySwap(disk, `${directory}/${name}`);
}

function replaceBySwap(disk: Disk, path: string): void {
  disk.rename(path, path.slice(0, -SWAP_SUFFIX.length));
}

function endOfLogFile(files: FileCache, path: string, baseOffset: number): number {
  const handle = files.handle(path);
  const scan = new BatchScan(handle, 0, handle.get().sizeBytes());
  let end = baseOffset;
  while (scan.next()) end = scan.lastOffset + 1;
  handle.close();
  return end;
}
