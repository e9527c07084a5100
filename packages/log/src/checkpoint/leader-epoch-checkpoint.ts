import type { Disk } from '@tidelog/platform';
import type { SmallFile } from '../files/small-file.ts';
import { type EpochEntry, LeaderEpochs } from './leader-epochs.ts';
import { readTextCheckpoint, textCheckpoint } from './text-checkpoint.ts';

const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint';

/**
 * Reads the leader epochs of a partition with these files. A damaged one counts as empty: recovery reads
 * them from the batches.
 */
export function readLeaderEpochs(
  disk: Disk,
  directory: string,
  names: ReadonlySet<string>,
): LeaderEpochs {
  if (!names.has(LEADER_EPOCH_CHECKPOINT)) return new LeaderEpochs([]);
  const lines = readTextCheckpoint(disk, epochsPath(directory), 2) ?? [];
  const entries = lines.map(
    ([epoch, startOffset]): EpochEntry => ({
      epoch: Number(epoch),
      startOffset: Number(startOffset),
    }),
  );
  return new LeaderEpochs(entries.filter((entry) => Number.isSafeInteger(entry.startOffset)));
}

export function epochsPath(directory: string): string {
  return `${directory}/${LEADER_EPOCH_CHECKPOINT}`;
}

export function leaderEpochFile(epochs: readonly EpochEntry[]): SmallFile {
  const lines = epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`);
  return { name: LEADER_EPOCH_CHECKPOINT, content: textCheckpoint(lines) };
}
