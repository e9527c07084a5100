import { decodeSnapshot, encodeSnapshot } from '../snapshot/snapshot-file.ts';
import { batchOf, valuesOf } from './records.ts';
import type { SimNode } from './sim-node.ts';

/** What a state machine would have read of a log: its snapshot, then the records below `offset`. */
export function valuesBelow({ log }: SimNode, offset: number): string[] {
  const base = log.snapshots.find(({ id }) => id.offset === log.startOffset);
  const fromSnapshot = base === undefined ? [] : valuesOf(decodeSnapshot(base.file).batches);
  const batches = log.batches.filter((batch) => batch.baseOffset < offset);
  return [...fromSnapshot, ...valuesOf(batches.map(({ bytes }) => bytes))];
}

/** Writes a snapshot of what a node has committed, if there is anything new; may drop the log below. */
export function writeSnapshot(node: SimNode, now: number, dropsLog: boolean): void {
  if (node.raft === null) return;
  const { committed: offset, log, history } = node.raft.quorum;
  if (offset <= (log.latestSnapshot?.id.offset ?? 0)) return;
  const id = log.snapshotIdAt(offset);
  const options = {
    id,
    lastContainedLogTimestamp: now,
    kraftVersion: history.kraftVersionBelow(offset),
    voters: history.votersBelow(offset),
    timestampMs: now,
  };
  const values = valuesBelow(node, offset);
  const batches = values.length === 0 ? [] : [batchOf(...values)];
  const file = Buffer.concat([...encodeSnapshot(options, batches)]);
  node.step({ type: 'snapshotCreated', snapshot: node.log.addSnapshot(id, file) });
  if (!dropsLog) return;
  node.log.deleteBelow(offset);
  node.step({ type: 'logStartAdvanced', startOffset: offset });
}
