import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUTS } from './config.ts';
import { formatQuorumState } from './election/quorum-state.ts';
import { Raft } from './raft.ts';
import { decodeSnapshot } from './snapshot/snapshot-file.ts';
import {
  GOLDEN_DIRECTORY_ID,
  GOLDEN_FIRST_BATCH,
  GOLDEN_FIRST_BATCH_MS,
  GOLDEN_QUORUM_STATE,
  GOLDEN_SNAPSHOT,
} from './testing/golden.ts';

describe('a sole voter', () => {
  it('begins its log byte for byte as Apache Kafka does, from the same formatted directory', () => {
    const { controls } = decodeSnapshot(GOLDEN_SNAPSHOT);
    const raft = new Raft(
      {
        clusterId: 'AnchorAnchorAnchorAnch',
        node: { id: 1, directoryId: GOLDEN_DIRECTORY_ID },
        listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 19293 }],
        listenerName: 'CONTROLLER',
        staticVoters: [],
        bootstrapServers: [{ id: -2, host: '127.0.0.1', port: 19293 }],
        canBecomeVoter: true,
        autoJoin: false,
        timeouts: DEFAULT_TIMEOUTS,
      },
      {
        quorumState: null,
        log: {
          startOffset: 0,
          endOffset: 0,
          epochs: [],
          snapshots: [{ id: { offset: 0, epoch: 0 }, sizeBytes: GOLDEN_SNAPSHOT.length }],
        },
        controls: controls.map((record) => ({ offset: -1, record })),
      },
      () => 0,
    );
    const effects = raft.step({ type: 'start' }, GOLDEN_FIRST_BATCH_MS);
    const appended = effects.flatMap((effect) => (effect.type === 'append' ? effect.batches : []));
    expect(Buffer.concat(appended)).toEqual(GOLDEN_FIRST_BATCH);
    const saved = effects.flatMap((effect) => (effect.type === 'saveVote' ? effect.state : []));
    expect(saved.map(formatQuorumState)).toEqual([GOLDEN_QUORUM_STATE]);
    expect(effects[0]?.type).toBe('saveVote');
    expect(raft.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });
});
