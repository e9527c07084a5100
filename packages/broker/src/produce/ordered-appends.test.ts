import {
  type Computing,
  ComputingError,
  type ComputingPool,
  type ComputingTask,
  type Parcel,
} from '@tidelog/platform';
import { BatchBuilder, batchCodec, codecs, errors } from '@tidelog/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient, valuesOf } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';

/** Computes when it is told to, in any order. */
class HeldComputing implements Computing {
  readonly held: { readonly finish: () => void; readonly die: () => void }[] = [];
  #arrived = () => {};

  pool<Input, Output>({ compute }: ComputingTask<Input, Output>): ComputingPool<Input, Output> {
    const rejects = new Set<(error: Error) => void>();
    return {
      run: (parcel: Parcel<Input>) =>
        new Promise((resolve, reject) => {
          rejects.add(reject);
          this.held.push({
            finish: () => resolve(compute(parcel)),
            die: () => reject(new ComputingError('its thread has died')),
          });
          this.#arrived();
        }),
      close: async () => {
        for (const reject of rejects) reject(new ComputingError('the pool is closed'));
      },
    };
  }

  /** Until so many have been asked for. */
  async asked(count: number): Promise<void> {
    while (this.held.length < count) {
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
  }
}

const long = (name: string, codec: number = codecs.none) =>
  batchOf([name, ...Array.from({ length: 100 }, (_, i) => `${name} ${i} ${'x'.repeat(100)}`)], {
    codec,
  });

let computing: HeldComputing;
let node: TestNode;
let client: TestClient;

beforeEach(async () => {
  computing = new HeldComputing();
  node = await TestNode.start({}, { computing });
  client = await TestClient.connect(node);
  await client.createTopic('zipped', { 'compression.type': 'gzip' });
});
afterEach(() => node.dispose());

/** The first value of each batch in the topic. */
async function firstValues(topic: string): Promise<string[]> {
  const values = await client.values(topic);
  return values.filter((value) => !value.includes(' '));
}

describe('appends of which some take long', () => {
  it('are made in the order of the requests, whatever is examined first', async () => {
    const asked = [
      client.produce('zipped', long('first')),
      client.produce('zipped', long('second')),
    ];
    await computing.asked(2);
    const last = client.produce('zipped', batchOf(['third']));
    computing.held[1]!.finish();
    computing.held[0]!.finish();
    const answers = await Promise.all([...asked, last]);
    expect(answers.map(({ baseOffset }) => baseOffset)).toEqual([0, 101, 202]);
    expect(await firstValues('zipped')).toEqual(['first', 'second', 'third']);
    const { records } = await client.fetch('zipped');
    expect(batchCodec(records as Buffer, 0)).toBe(codecs.gzip);
    expect(valuesOf(records as Buffer)).toHaveLength(203);
  });

  it('hold up neither other partitions nor, when they are done, what comes next', async () => {
    await client.createTopic('other');
    const waiting = client.produce('zipped', long('first'));
    await computing.asked(1);
    const beside = await TestClient.connect(node);
    expect(await beside.produce('other', batchOf(['x']))).toMatchObject({ baseOffset: 0 });
    computing.held[0]!.finish();
    await waiting;
    expect(await client.produce('zipped', batchOf(['second']))).toMatchObject({ baseOffset: 101 });
    expect(computing.held).toHaveLength(1);
  });

  it('are refused when their thread dies, and what waits behind them goes on', async () => {
    const deadly = client.produce('zipped', long('deadly'));
    const behind = client.produce('zipped', batchOf(['behind']));
    await computing.asked(1);
    computing.held[0]!.die();
    expect((await deadly).errorCode).toBe(errors.UNKNOWN_SERVER_ERROR.code);
    expect(await behind).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(node.warnings.join()).toContain('zipped-0 could not be examined: its thread has died');
  });

  it('are refused for what is found in them', async () => {
    await client.createTopic('keys', { 'cleanup.policy': 'compact' });
    const builder = new BatchBuilder();
    for (let i = 0; i < 3000; i++) builder.append(Date.now(), null, `${i * i}`);
    const answer = client.produce('keys', builder.finish({ codec: codecs.lz4 }));
    await computing.asked(1);
    computing.held[0]!.finish();
    const { errorCode, recordErrors } = await answer;
    expect(errorCode).toBe(errors.INVALID_RECORD.code);
    expect(recordErrors).toHaveLength(3000);
  });

  it('keep the sequences of a producer', async () => {
    const sent = (baseSequence: number) =>
      client.produce(
        'zipped',
        batchOf(
          Array.from({ length: 10 }, () => 'v'.repeat(2000)),
          {
            producerId: 900,
            producerEpoch: 0,
            baseSequence,
          },
        ),
      );
    const answers = [sent(0), sent(10), sent(0)];
    await computing.asked(3);
    for (const { finish } of computing.held.toReversed()) finish();
    const offsets = (await Promise.all(answers)).map(({ baseOffset }) => baseOffset);
    expect(offsets).toEqual([0, 10, 0]);
  });

  it('are refused when the partition goes meanwhile', async () => {
    const late = client.produce('zipped', long('late'));
    await computing.asked(1);
    const beside = await TestClient.connect(node);
    await beside.send('DeleteTopics', 6, { topics: [{ name: 'zipped' }], timeoutMs: 1000 });
    computing.held[0]!.finish();
    expect((await late).errorCode).toBe(errors.NOT_LEADER_OR_FOLLOWER.code);
  });

  it('are refused when the broker stops, and nothing of them is in the log', async () => {
    const late = client.produce('zipped', long('late')).catch((error: Error) => error);
    const behind = client.produce('zipped', batchOf(['behind'])).catch((error: Error) => error);
    await computing.asked(1);
    await node.stop();
    await Promise.all([late, behind]);
    await node.start();
    client = await TestClient.connect(node);
    expect(await client.values('zipped')).toEqual([]);
  });

  it('of a producer that waits for no answer close its connection when they fail', async () => {
    const { connection } = await TestClient.connect(node);
    const closed = new Promise<void>((resolve) => {
      connection.onClose = resolve;
    });
    const topicData = [{ name: 'zipped', partitionData: [{ index: 0, records: long('x') }] }];
    connection.sendOneWay('Produce', 9, { acks: 0, timeoutMs: 100, topicData });
    await computing.asked(1);
    computing.held[0]!.die();
    await closed;
  });

  it('let a connection wait that brings more than there is memory for', async () => {
    await client.createTopic('huge', {
      'compression.type': 'lz4',
      'max.message.bytes': '80000000',
    });
    const answers = [client.produce('huge', batchOf(['x'.repeat(68_000_000)]))];
    await computing.asked(1);
    answers.push(client.produce('zipped', long('not read yet')));
    const beside = await TestClient.connect(node);
    await beside.createTopic('t');
    expect(await beside.produce('t', batchOf(['y']))).toMatchObject({ errorCode: 0 });
    expect(computing.held).toHaveLength(1);
    computing.held[0]!.finish();
    await computing.asked(2);
    computing.held[1]!.finish();
    const codes = (await Promise.all(answers)).map(({ errorCode }) => errorCode);
    expect(codes).toEqual([0, 0]);
  });
});
