/** How Kafka names the files of a partition and the directories of a log directory. */

export const LOG_SUFFIX = '.log';
export const OFFSET_INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const TRANSACTION_INDEX_SUFFIX = '.txnindex';
export const SNAPSHOT_SUFFIX = '.snapshot';
/** All files of a segment but the producer snapshot, which belongs to an offset. */
export const SEGMENT_SUFFIXES = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
] as const;

/** The file waits for its removal. */
export const DELETED_SUFFIX = '.deleted';
/** Compaction is writing the file. */
export const CLEANED_SUFFIX = '.cleaned';
/** Compaction has finished the file and is putting it in its place. */
export const SWAP_SUFFIX = '.swap';

const DELETE_DIRECTORY_SUFFIX = '-delete';
const FUTURE_DIRECTORY_SUFFIX = '-future';
const STRAY_DIRECTORY_SUFFIX = '-stray';
const MAX_NAME_LENGTH = 255;

/** `00000000000000000042.log` for (42, '.log'). */
export function segmentFileName(baseOffset: number, suffix: string): string {
  return String(baseOffset).padStart(20, '0') + suffix;
}

/** The offset that a file's name starts with, or -1 when the file is none of a segment's. */
export function offsetOfFileName(name: string): number {
  return /^\d{20}\./.test(name) ? Number(name.slice(0, 20)) : -1;
}

export interface PartitionDirectory {
  readonly topic: string;
  readonly partition: number;
  /** `deleted`: waits for its removal; `stray`: set aside, not in the metadata; `future`: a move's target. */
  readonly state: 'current' | 'future' | 'deleted' | 'stray';
}

export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** Takes a partition directory's name apart; null when it is none. */
export function parsePartitionDirectory(name: string): PartitionDirectory | null {
  const state = stateOf(name);
  if (state !== 'current' && !/^\S+-\S+\.\S+-[a-z]+$/.test(name)) return null;
  const plain = state === 'current' ? name : name.slice(0, name.lastIndexOf('.'));
  const dash = plain.lastIndexOf('-');
  const partition = plain.slice(dash + 1);
  if (dash <= 0 || !/^\d{1,10}$/.test(partition)) return null;
  return { topic: plain.slice(0, dash), partition: Number(partition), state };
}

function stateOf(name: string): PartitionDirectory['state'] {
  if (name.endsWith(DELETE_DIRECTORY_SUFFIX)) return 'deleted';
  if (name.endsWith(FUTURE_DIRECTORY_SUFFIX)) return 'future';
  if (name.endsWith(STRAY_DIRECTORY_SUFFIX)) return 'stray';
  return 'current';
}

/** The name under which a directory waits for its removal. A long topic name is cut to fit 255 characters. */
export function deletedDirectoryName(topic: string, partition: number, uniqueId: string): string {
  return cappedName(topic, `-${partition}.${uniqueId}${DELETE_DIRECTORY_SUFFIX}`);
}

/** The name under which a directory that the metadata does not know is set aside. */
export function strayDirectoryName(topic: string, partition: number, uniqueId: string): string {
  return cappedName(topic, `-${partition}.${uniqueId}${STRAY_DIRECTORY_SUFFIX}`);
}

/** The name of a copy that is on its way into a directory; it is not cut, because it stands for a partition. */
export function futureDirectoryName(topic: string, partition: number, uniqueId: string): string {
  return `${topic}-${partition}.${uniqueId}${FUTURE_DIRECTORY_SUFFIX}`;
}

function cappedName(topic: string, suffix: string): string {
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
}
