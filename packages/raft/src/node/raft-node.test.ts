import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUTS, type RaftConfig } from '../config.ts';
import { decodeControlBatch } from '../replication/control-batches.ts';
import { encodeSnapshot } from '../snapshot/snapshot-file.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryLog } from '../testing/memory-log.ts';
import { batchOf, directoryId, valuesOf, voter } from '../testing/records.ts';
import { VoterSet } from '../voters/voter-set.ts';
import { RaftNode, type RoleChange } from './raft-node.ts';

const CONFIG: RaftConfig = {
  clusterId: 'cluster',
  node: { id: 1, directoryId: directoryId(1) },
  listeners: voter(1).endpoints,
  listenerName: 'CONTROLLER',
  staticVoters: [],
  bootstrapServers: [],
  canBecomeVoter: true,
  autoJoin: false,
  timeouts: DEFAULT_TIMEOUTS,
};

/** A log as `format` leaves it: a bootstrap snapshot that names node 1 as the only voter. */
function formattedLog(): MemoryLog {
  const log = new MemoryLog();
  const options = {
    id: { offset: 0, epoch: 0 },
    lastContainedLogTimestamp: 0,
    kraftVersion: 1,
    voters: new VoterSet([voter(1)]),
    timestampMs: 0,
  };
  log.addSnapshot(options.id, Buffer.concat([...encodeSnapshot(options, [])]));
  return log;
}

class Told {
  readonly committed: number[] = [];
  readonly roles: RoleChange[] = [];
  readonly failures: unknown[] = [];
  readonly listener = {
    committed: (highWatermark: number): void => void this.committed.push(highWatermark),
    became: (change: RoleChange): void => void this.roles.push(change),
    snapshotInstalled: (): void => {},
    failed: (error: unknown): void => void this.failures.push(error),
  };
}

function startNode(log: MemoryLog): { node: RaftNode; told: Told; clock: ManualClock } {
  const clock = new ManualClock();
  const told = new Told();
  const transport = { send: () => Promise.reject(new Error('nobody there')) };
  const random = { below: (): number => 0 };
  const node = new RaftNode({
    config: CONFIG,
    log,
    transport,
    clock,
    random,
    listener: told.listener,
  });
  node.start();
  return { node, told, clock };
}

describe('a sole voter', () => {
  it('leads when start returns, and its epoch begins with leader, version and voters', () => {
    const log = formattedLog();
    const { node, told } = startNode(log);
    expect(node.role).toBe('leader');
    expect(node.epoch).toBe(1);
    expect(told.roles.map(({ role }) => role)).toEqual([
      'unattached',
      'prospective',
      'candidate',
      'leader',
    ]);
    expect(log.batches.flatMap(({ bytes }) => decodeControlBatch(bytes, 0))).toEqual([
      { type: 'leaderChange', leaderId: 1, voters: [1], grantingVoters: [1] },
      { type: 'kraftVersion', version: 1 },
      { type: 'voters', voters: [voter(1)] },
    ]);
    expect(log.quorumState).toBe(
      '{"leaderId":1,"leaderEpoch":1,"votedId":-1,' +
        '"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
    );
  });

  it('appends a proposal at once, and commits it after the sync', async () => {
    const log = formattedLog();
    const { node, told } = startNode(log);
    expect(node.propose([batchOf('a', 'b'), batchOf('c')], 1)).toBe(6);
    expect(valuesOf(log.batches.map(({ bytes }) => bytes))).toEqual(['a', 'b', 'c']);
    expect(told.committed).toEqual([]);
    await expect.poll(() => told.committed.at(-1)).toBe(6);
    expect(node.highWatermark).toBe(6);
    expect(log.highWatermark).toBe(6);
  });

  it('refuses a proposal of another epoch', () => {
    const { node } = startNode(formattedLog());
    expect(node.propose([batchOf('a')], 0)).toBe(null);
  });

  it('begins a new epoch at each start, and keeps what is there', async () => {
    const log = formattedLog();
    const first = startNode(log);
    first.node.propose([batchOf('a')], 1);
    await expect.poll(() => first.node.highWatermark).toBe(4);
    await first.node.stop(0);
    const { node } = startNode(log);
    expect(node.epoch).toBe(2);
    expect(node.epochStartOffset).toBe(4);
    node.propose([batchOf('b')], 2);
    await expect.poll(() => node.highWatermark).toBe(6);
    expect(valuesOf(log.batches.map(({ bytes }) => bytes))).toEqual(['a', 'b']);
  });

  it('lets its listener propose from inside a notification', async () => {
    const log = formattedLog();
    const { node, told } = startNode(log);
    const ends: (number | null)[] = [];
    told.listener.committed = (highWatermark): void => {
      if (highWatermark === 3) ends.push(node.propose([batchOf('later')], 1));
    };
    await expect.poll(() => node.highWatermark).toBe(4);
    expect(ends).toEqual([4]);
  });

  it('stops at once, and fails when the disk does', async () => {
    const { node } = startNode(formattedLog());
    await node.stop(60_000);
    expect(node.propose([batchOf('a')], 1)).toBe(null);

    const log = formattedLog();
    const second = startNode(log);
    log.append = (): never => {
      throw new Error('ENOSPC');
    };
    second.node.propose([batchOf('a')], 1);
    expect(second.told.failures).toEqual([new Error('ENOSPC')]);
    expect(second.node.propose([batchOf('a')], 1)).toBe(null);
  });
});
