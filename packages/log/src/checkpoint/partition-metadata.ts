import type { Disk } from '@tidelog/platform';

const PARTITION_METADATA = 'partition.metadata';

/**
 * The topic id that the partition's directory belongs to, or null when none is noted among these names: a crash may
 * have left a part of the file, which is written once and not replaced.
 */
export function readTopicId(
  disk: Disk,
  directory: string,
  names: ReadonlySet<string>,
): string | null {
  if (!names.has(PARTITION_METADATA)) return null;
  const text = disk.readFile(`${directory}/${PARTITION_METADATA}`).toString('utf8');
  const match = /^version: 0\ntopic_id: ([\w-]{22})$/.exec(text.trim());
  return match?.[1] ?? null;
}

export function topicIdFile(topicId: string): { name: string; content: string } {
  return { name: PARTITION_METADATA, content: `version: 0\ntopic_id: ${topicId}` };
}
