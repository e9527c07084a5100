import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyBatches, PendingBatch } from '../host/batches.ts';
import type { Moment } from '../host/machine.ts';
import type { ShareStateApi, ShareStateCommand, ShareStateResult } from './commands.ts';
import { type ShareCoordinatorConfig, shareCoordinatorDefaults } from './config.ts';
import { shareStateCodec, type ShareStateEvent } from './events.ts';
import { ShareStateMachine } from './share-state-machine.ts';

const key = { groupId: 'g', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 0 };

/** A machine with its log, and a time that its test decides. */
class Scene {
  readonly events: ShareStateEvent[] = [];
  readonly machine: ShareStateMachine;
  timeMs = 1_000;
  readonly #config: ShareCoordinatorConfig;

  constructor(config: Partial<ShareCoordinatorConfig> = {}) {
    this.#config = { ...shareCoordinatorDefaults, ...config };
    this.machine = new ShareStateMachine(this.#config, 1_000_000);
    this.machine.loaded(this.now);
  }

  get now(): Moment {
    return {
      timestampMs: this.timeMs,
      monotonicMs: this.timeMs,
      nextOffset: this.events.length,
    };
  }

  ask<Api extends ShareStateApi>(
    api: Api,
    request: object,
    at: Partial<typeof key> & { exists?: boolean } = {},
  ): ShareStateResult<Api> {
    const { exists: partitionExists = true, ...rest } = at;
    const where = { ...key, ...rest };
    const whole = { partition: where.partition, ...request };
    return this.tell({ api, key: where, request: whole, partitionExists } as never) as never;
  }

  tell(command: ShareStateCommand): unknown {
    const { events, replies } = this.machine.decide(1, command, this.now);
    this.events.push(...events);
    return replies[0]!.reply;
  }

  wake(): void {
    this.events.push(...this.machine.wake(this.now).events);
  }

  /** Another machine, which knows what the log says. */
  reloaded(from = 0): ShareStateMachine {
    const machine = new ShareStateMachine(this.#config, 1_000_000);
    for (const [offset, event] of this.events.entries()) {
      if (offset < from) continue;
      const { key: bytes, value } = shareStateCodec.encode(event);
      machine.apply(shareStateCodec.decode(bytes, value)!, { offset, producerId: -1 });
    }
    return machine;
  }
}

const initialize = { stateEpoch: 5, startOffset: 10 };
const write = {
  stateEpoch: 5,
  leaderEpoch: 7,
  startOffset: 12,
  deliveryCompleteCount: 3,
  stateBatches: [{ firstOffset: 12, lastOffset: 14, deliveryState: 2, deliveryCount: 1 }],
};

/** What a share partition can be in: the table below has a row for each. */
const states = {
  unknown: () => new Scene(),
  initialized() {
    const scene = new Scene();
    scene.ask('InitializeShareGroupState', initialize);
    return scene;
  },
  led() {
    const scene = states.initialized();
    scene.ask('ReadShareGroupState', { leaderEpoch: 7 });
    return scene;
  },
  written() {
    const scene = states.led();
    scene.ask('WriteShareGroupState', write);
    return scene;
  },
  deleted() {
    const scene = states.written();
    scene.ask('DeleteShareGroupState', {});
    return scene;
  },
};

const OK = 0;
const INVALID_REQUEST = 42;
const FENCED_LEADER_EPOCH = 74;
const FENCED_STATE_EPOCH = 124;
const UNKNOWN_TOPIC_OR_PARTITION = 3;

const requests = {
  initialize: (scene: Scene) => scene.ask('InitializeShareGroupState', initialize),
  initializeOld: (scene: Scene) =>
    scene.ask('InitializeShareGroupState', { ...initialize, stateEpoch: 4 }),
  read: (scene: Scene) => scene.ask('ReadShareGroupState', { leaderEpoch: 8 }),
  readAny: (scene: Scene) => scene.ask('ReadShareGroupState', { leaderEpoch: -1 }),
  readOld: (scene: Scene) => scene.ask('ReadShareGroupState', { leaderEpoch: 6 }),
  write: (scene: Scene) => scene.ask('WriteShareGroupState', write),
  writeOldLeader: (scene: Scene) =>
    scene.ask('WriteShareGroupState', { ...write, leaderEpoch: 6, stateEpoch: 4 }),
  writeOldState: (scene: Scene) => scene.ask('WriteShareGroupState', { ...write, stateEpoch: 4 }),
  writeAny: (scene: Scene) =>
    scene.ask('WriteShareGroupState', { ...write, leaderEpoch: -1, stateEpoch: -1 }),
  writeBackward: (scene: Scene) =>
    scene.ask('WriteShareGroupState', {
      ...write,
      stateBatches: [{ ...write.stateBatches[0]!, lastOffset: 11 }],
    }),
  remove: (scene: Scene) => scene.ask('DeleteShareGroupState', {}),
  summary: (scene: Scene) => scene.ask('ReadShareGroupStateSummary', { leaderEpoch: 0 }),
};

type Row = { readonly [Request in keyof typeof requests]: number };

const absent: Row = {
  initialize: OK,
  initializeOld: OK,
  read: INVALID_REQUEST,
  readAny: INVALID_REQUEST,
  readOld: INVALID_REQUEST,
  write: INVALID_REQUEST,
  writeOldLeader: INVALID_REQUEST,
  writeOldState: INVALID_REQUEST,
  writeAny: INVALID_REQUEST,
  writeBackward: INVALID_REQUEST,
  remove: OK,
  summary: OK,
};
const unled: Row = {
  initialize: OK,
  initializeOld: FENCED_STATE_EPOCH,
  read: OK,
  readAny: OK,
  readOld: OK,
  write: OK,
  writeOldLeader: FENCED_STATE_EPOCH,
  writeOldState: FENCED_STATE_EPOCH,
  writeAny: OK,
  writeBackward: INVALID_REQUEST,
  remove: OK,
  summary: OK,
};
const led: Row = { ...unled, readOld: FENCED_LEADER_EPOCH, writeOldLeader: FENCED_LEADER_EPOCH };

const table: { readonly [State in keyof typeof states]: Row } = {
  unknown: absent,
  initialized: unled,
  led,
  written: led,
  deleted: absent,
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(
    ([request, code]) =>
      [state as keyof typeof states, request as keyof typeof requests, code] as const,
  ),
);

describe('the state of a share partition', () => {
  it.each(cells)('%s: %s is answered with %i', (state, request, code) => {
    const scene = states[state]();
    const before = scene.machine.stateOf(key);
    const { length } = scene.events;
    expect(requests[request](scene).errorCode).toBe(code);
    const isUnchanged = scene.events.length === length && scene.machine.stateOf(key) === before;
    expect(code === OK || isUnchanged).toBe(true);
    expect(scene.reloaded().stateOf(key)).toEqual(scene.machine.stateOf(key));
  });

  it('is nothing of a partition that does not exist, or cannot', () => {
    const scene = states.written();
    const asked = [
      ['InitializeShareGroupState', initialize],
      ['ReadShareGroupState', { leaderEpoch: 7 }],
      ['WriteShareGroupState', write],
      ['DeleteShareGroupState', {}],
      ['ReadShareGroupStateSummary', { leaderEpoch: 7 }],
    ] as const;
    for (const [api, request] of asked) {
      expect(scene.ask(api, request, { exists: false }).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
      expect(scene.ask(api, request, { partition: -1 }).errorCode).toBe(INVALID_REQUEST);
    }
  });

  it('is read as it was written', () => {
    const scene = states.written();
    expect(scene.ask('ReadShareGroupState', { leaderEpoch: 7 })).toMatchObject({
      stateEpoch: 5,
      startOffset: 12,
      stateBatches: write.stateBatches,
    });
    expect(scene.ask('ReadShareGroupStateSummary', { leaderEpoch: -1 })).toMatchObject({
      stateEpoch: 5,
      leaderEpoch: 7,
      startOffset: 12,
      deliveryCompleteCount: 3,
    });
    expect(states.unknown().ask('ReadShareGroupStateSummary', {})).toMatchObject({
      startOffset: -1,
      deliveryCompleteCount: -1,
    });
  });

  it('too large for a record is refused before it counts', () => {
    const scene = states.led();
    const stateBatches = Array.from({ length: 60_000 }, (_, at) => ({
      firstOffset: 12 + 2 * at,
      lastOffset: 12 + 2 * at,
      deliveryState: 2,
      deliveryCount: 1,
    }));
    const before = scene.machine.stateOf(key);
    expect(scene.ask('WriteShareGroupState', { ...write, stateBatches }).errorCode).toBe(-1);
    expect(scene.machine.stateOf(key)).toBe(before);
  });

  it('is written whole after so many updates, and the log before that is not needed', () => {
    const scene = new Scene({ updatesPerSnapshot: 2 });
    scene.ask('InitializeShareGroupState', initialize);
    expect(scene.tell({ api: 'FirstNeededOffset' })).toBeNull();
    for (let i = 0; i < 4; i++) scene.ask('WriteShareGroupState', write);
    const kinds = scene.events.map(({ kind }) => kind);
    expect(kinds).toEqual(['snapshot', 'update', 'update', 'snapshot', 'update']);
    expect(scene.tell({ api: 'FirstNeededOffset' })).toBe(3);
    expect(scene.reloaded(3).stateOf(key)).toMatchObject({
      snapshotEpoch: 1,
      startOffset: 12,
      stateBatches: write.stateBatches,
    });
  });

  it('is written anew when nothing happened to it, so that the log can be pruned', () => {
    const scene = new Scene({ updatesPerSnapshot: 0, coldSnapshotIntervalMs: 100 });
    scene.ask('InitializeShareGroupState', initialize);
    scene.ask('InitializeShareGroupState', initialize, { partition: 1 });
    scene.ask('WriteShareGroupState', write, { partition: 1 });
    expect(scene.tell({ api: 'FirstNeededOffset' })).toBeNull();
    scene.timeMs += 60;
    scene.ask('WriteShareGroupState', write, { partition: 1 });
    scene.timeMs += 40;
    expect(scene.machine.nextDeadline()).toBeLessThanOrEqual(scene.timeMs);
    scene.wake();
    expect(scene.events.slice(4)).toMatchObject([
      { kind: 'snapshot', key, value: { snapshotEpoch: 1, createTimestamp: 1_000 } },
    ]);
    expect(scene.tell({ api: 'FirstNeededOffset' })).toBe(3);
    // All is quiet: writing it again would bring nothing.
    scene.timeMs += 100;
    scene.wake();
    scene.timeMs += 100;
    scene.wake();
    expect(scene.events).toHaveLength(7);
  });

  it('goes with its topic', () => {
    const scene = states.written();
    scene.tell({ api: 'TopicsDeleted', topicIds: new Set(['AAAAAAAAAAAAAAAAAAAAAg']) });
    expect(scene.machine.stateOf(key)).toBeDefined();
    scene.tell({ api: 'TopicsDeleted', topicIds: new Set([key.topicId]) });
    expect(scene.machine.stateOf(key)).toBeUndefined();
    expect(scene.tell({ api: 'FirstNeededOffset' })).toBe(scene.events.length - 1);
  });

  it('is the same in the log, wherever that is pruned', () => {
    const action = fc.record({
      request: fc.constantFrom(...(Object.keys(requests) as (keyof typeof requests)[])),
      partition: fc.integer({ min: 0, max: 2 }),
      pass: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const scene = new Scene({ updatesPerSnapshot: 3, coldSnapshotIntervalMs: 100 });
        const ask = scene.ask.bind(scene);
        for (const { request, partition, pass } of actions) {
          scene.ask = (api, body) => ask(api, body, { partition });
          requests[request](scene);
          scene.timeMs += pass;
          scene.wake();
        }
        const first = scene.tell({ api: 'FirstNeededOffset' }) as number | null;
        for (const from of [0, first ?? 0]) {
          const reloaded = scene.reloaded(from);
          for (const partition of [0, 1, 2]) {
            const where = { ...key, partition };
            const {
              updateCount: _,
              fencedBelow: __,
              ...expected
            } = scene.machine.stateOf(where) ?? {};
            expect(reloaded.stateOf(where) ?? {}).toMatchObject(expected);
          }
        }
      }),
    );
  });

  it('stands in records as Apache Kafka writes them', () => {
    const scene = states.written();
    const batch = new PendingBatch(1_000_000);
    for (const event of scene.events) batch.add(shareStateCodec.encode(event), 0);
    const machine = new ShareStateMachine(shareCoordinatorDefaults, 1_000_000);
    applyBatches(batch.take(), machine, shareStateCodec);
    expect(machine.stateOf(key)).toEqual(scene.machine.stateOf(key));
    const [snapshot, , update] = scene.events.map((event) => shareStateCodec.encode(event));
    const name = hex('0001 67 00000000000000000000000000000001 00000000');
    expect(snapshot!.key.toString('hex')).toBe(`0000${name}`);
    expect(snapshot!.value!.toString('hex')).toBe(
      hex('0000 00000000 00000005 00000000 000000000000000a') +
        hex('00000000000003e8 00000000000003e8 01 01 00 04 00000000'),
    );
    expect(update!.key.toString('hex')).toBe(`0001${name}`);
    expect(update!.value!.toString('hex')).toBe(
      hex('0000 00000000 00000007 000000000000000c') +
        hex('02 000000000000000c 000000000000000e 02 0001 00 01 00 04 00000003'),
    );
  });
});

const hex = (text: string): string => text.replaceAll(' ', '');
