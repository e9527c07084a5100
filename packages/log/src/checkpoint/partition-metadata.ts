import type { Disk } from '@tidelog/platform';

const FILE_NAME = 'partition.metadata';

/** The topic id that the partition's directory belongs to, or null when none is noted. */
export function readTopicId(disk: Disk, directory: string): string | null {
  const path = `${directory}/${FILE_NAME}`;
  if (!disk.exists(path)) return null;
  const match = /^version: 0\ntopic_id: (\S+)$/.exec(disk.readFile(path).toString('utf8').trim());
  return match?.[1] ?? null;
}

export function writeTopicId(disk: Disk, directory: string, topicId: string): void {
  disk.replaceFile(`${directory}/${FILE_NAME}`, `version: 0\ntopic_id: ${topicId}`);
}
