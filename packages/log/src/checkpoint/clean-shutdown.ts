import type { Disk } from '@tidelog/platform';

const FILE_NAME = '.kafka_cleanshutdown';

/** What the last clean stop left; null when the directory was not stopped cleanly. */
export interface CleanShutdown {
  /** The epoch of the broker's last registration (KIP-966), or -1. */
  readonly brokerEpoch: number;
}

/**
 * Takes the mark of a clean stop away, durably: a crash from now on must be followed by recovery,
 * even one in the middle of this start.
 */
export function takeCleanShutdown(disk: Disk, directory: string): CleanShutdown | null {
  const path = `${directory}/${FILE_NAME}`;
  if (!disk.exists(path)) return null;
  const brokerEpoch = parseBrokerEpoch(disk.readFile(path).toString('utf8'));
  disk.unlink(path);
  disk.syncDirectory(directory);
  return { brokerEpoch };
}

export function writeCleanShutdown(disk: Disk, directory: string, brokerEpoch: number): void {
  disk.replaceFile(`${directory}/${FILE_NAME}`, JSON.stringify({ version: 0, brokerEpoch }));
}

function parseBrokerEpoch(text: string): number {
  const match = /"brokerEpoch"\s*:\s*(-?\d+)/.exec(text);
  return match === null ? -1 : Number(match[1]);
}
