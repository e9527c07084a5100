import { apis, type ResponseOutput } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUTS } from '../config.ts';
import type { PeerApi, RaftApi } from '../messages.ts';
import { encodeSnapshot } from '../snapshot/snapshot-file.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryLog } from '../testing/memory-log.ts';
import { batchOf, directoryId, valuesOf, voter } from '../testing/records.ts';
import { VoterSet } from '../voters/voter-set.ts';
import { RaftNode } from './raft-node.ts';
import type { PeerRequest } from './transport.ts';

const IDS = [1, 2, 3];

interface Codec {
  encode(body: unknown, version: number): Buffer;
  decode(bytes: Buffer, version: number): unknown;
}

/** Three nodes on one clock; every message goes through its bytes. */
class ThreeNodes {
  readonly clock = new ManualClock();
  readonly logs = IDS.map(formattedLog);
  readonly failures: unknown[] = [];
  readonly installed: number[] = [];
  readonly #silent = new Set<number>();
  readonly nodes = IDS.map((id) => this.#node(id));

  get leader(): RaftNode | undefined {
    return this.nodes.find((node, index) => node.role === 'leader' && !this.#silent.has(index + 1));
  }

  async #send<A extends PeerApi>(
    from: number,
    { to, api, body }: PeerRequest<A>,
  ): Promise<ResponseOutput<A>> {
    const node = this.nodes[to.id - 1];
    const isCut = (): boolean => this.#silent.has(from) || this.#silent.has(to.id);
    if (node === undefined || isCut()) throw new Error('refused');
    const version = apis[api].request.versions[1];
    const { request, response }: { request: Codec; response: Codec } = apis[api];
    const asked = request.decode(request.encode(body, version), version);
    const answer = await node.handle(api as RaftApi, version, asked as never);
    if (isCut()) throw new Error('closed');
    return response.decode(response.encode(answer, version), version) as ResponseOutput<A>;
  }

  /** Cuts a node off, without its knowing. */
  silence(id: number): void {
    this.#silent.add(id);
  }

  speak(id: number): void {
    this.#silent.delete(id);
  }

  /** Lets time pass until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let ms = 0; !condition(); ms += 10) {
      if (ms > 60_000) throw new Error('it never came to it');
      this.clock.advance(10);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }

  #node(id: number): RaftNode {
    const draws = { below: (bound: number): number => (id * 331) % bound };
    return new RaftNode({
      config: {
        clusterId: 'cluster',
        node: { id, directoryId: directoryId(id) },
        listeners: voter(id).endpoints,
        listenerName: 'CONTROLLER',
        staticVoters: [],
        bootstrapServers: [],
        canBecomeVoter: true,
        autoJoin: false,
        timeouts: DEFAULT_TIMEOUTS,
      },
      log: this.logs[id - 1] ?? new MemoryLog(),
      transport: { send: (request) => this.#send(id, request) },
      clock: this.clock,
      random: draws,
      listener: {
        committed: () => {},
        became: () => {},
        snapshotInstalled: () => void this.installed.push(id),
        failed: (error) => void this.failures.push(error),
      },
    });
  }
}

function formattedLog(): MemoryLog {
  const log = new MemoryLog();
  const options = {
    id: { offset: 0, epoch: 0 },
    lastContainedLogTimestamp: 0,
    kraftVersion: 1,
    voters: new VoterSet(IDS.map((id) => voter(id))),
    timestampMs: 0,
  };
  log.addSnapshot(options.id, Buffer.concat([...encodeSnapshot(options, [])]));
  return log;
}

const valuesIn = (log: MemoryLog | undefined): string[] =>
  valuesOf((log?.batches ?? []).map(({ bytes }) => bytes));

describe('three nodes', () => {
  it('elect a leader, replicate, and go on without the one that stops', async () => {
    const world = new ThreeNodes();
    for (const node of world.nodes) node.start();
    await world.until(() => world.leader !== undefined);
    const first = world.leader;
    const end = first?.propose([batchOf('a')], first.epoch);
    await world.until(() => world.nodes.every((node) => node.highWatermark === end));

    void first?.stop(5000);
    await world.until(() => world.leader !== undefined && world.leader !== first);
    const second = world.leader;
    expect(second?.epoch).toBeGreaterThan(1);
    second?.propose([batchOf('b')], second.epoch);
    const others = world.nodes.filter((node) => node !== first);
    await world.until(() => others.every((node) => node.highWatermark === second?.endOffset));
    const logs = world.logs.filter((_, index) => world.nodes[index] !== first);
    expect(logs.map(valuesIn)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(world.failures).toEqual([]);
  });

  it('bring one back with a snapshot when the log has gone on without it', async () => {
    const world = new ThreeNodes();
    for (const node of world.nodes) node.start();
    await world.until(() => world.leader !== undefined);
    const { leader } = world;
    const behind = IDS.find((id) => world.nodes[id - 1] !== leader) ?? 0;
    await world.until(() => world.nodes.every((node) => node.highWatermark === 3));
    world.silence(behind);
    const offset = leader?.propose([batchOf('a')], leader.epoch) ?? 0;
    await world.until(() => leader?.highWatermark === offset);

    const log = world.logs[world.nodes.findIndex((node) => node === leader)];
    const described = leader?.snapshotAt(offset);
    if (log === undefined || leader === undefined || described === undefined)
      throw new Error('none');
    expect(described.id).toEqual({ offset, epoch: leader.epoch });
    expect(described.voters.ids).toEqual(IDS);
    const options = { ...described, lastContainedLogTimestamp: 0, timestampMs: 0 };
    const file = Buffer.concat([...encodeSnapshot(options, [])]);
    leader.snapshotCreated(log.addSnapshot(described.id, file));
    log.deleteBelow(offset);
    leader.logStartAdvanced(offset);
    leader.propose([batchOf('b')], leader.epoch);

    world.speak(behind);
    await world.until(() => world.nodes[behind - 1]?.highWatermark === leader.endOffset);
    expect(world.installed).toEqual([behind]);
    expect(world.logs[behind - 1]?.startOffset).toBe(offset);
    expect(valuesIn(world.logs[behind - 1])).toEqual(['b']);
    expect(world.failures).toEqual([]);
  });
});
