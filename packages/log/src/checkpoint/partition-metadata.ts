import type { Disk } from '@tidelog/platform';

const PARTITION_METADATA = 'partition.metadata';

/** The topic id that the partition's directory belongs to, or null when none is noted. */
export function readTopicId(disk: Disk, directory: string): string | null {
  const path = `${directory}/${PARTITION_METADATA}`;
  if (!disk.exists(path)) return null;
  const match = /^version: 0\ntopic_id: (\S+)$/.exec(disk.readFile(path).toString('utf8').trim());
  return match?.[1] ?? null;
}

export function topicIdFile(topicId: string): { name: string; content: string } {
  return { name: PARTITION_METADATA, content: `version: 0\ntopic_id: ${topicId}` };
}
