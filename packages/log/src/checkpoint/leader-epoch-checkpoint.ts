import type { Disk } from '@tidelog/platform';
import { type EpochEntry, LeaderEpochs } from './leader-epochs.ts';
import { readTextCheckpoint, writeTextCheckpoint } from './text-checkpoint.ts';

const FILE_NAME = 'leader-epoch-checkpoint';

/** Reads a partition's leader epochs. A damaged file counts as empty: recovery reads them from the batches. */
export function readLeaderEpochs(disk: Disk, directory: string): LeaderEpochs {
  const lines = readTextCheckpoint(disk, `${directory}/${FILE_NAME}`, 2) ?? [];
  const entries = lines.map(
    ([epoch, startOffset]): EpochEntry => ({
      epoch: Number(epoch),
      startOffset: Number(startOffset),
    }),
  );
  return new LeaderEpochs(entries.filter((entry) => Number.isSafeInteger(entry.startOffset)));
}

export function writeLeaderEpochs(disk: Disk, directory: string, epochs: LeaderEpochs): void {
  const lines = epochs.all.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`);
  writeTextCheckpoint(disk, `${directory}/${FILE_NAME}`, lines);
  epochs.dirty = false;
}
