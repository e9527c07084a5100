import { type Admin, type Client, KafkaClientError } from '@tidelog/client';
import { describe, expect, it } from 'vitest';
import { World } from '../world/world.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { connect } from './connect.ts';

const topic = 'large';
/** More than a broker makes, or removes, in one turn. */
const PARTITIONS = 40;
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** What a crash lets a client be told when it asks again for what was done. */
const doneAlready = ['TOPIC_ALREADY_EXISTS', 'UNKNOWN_TOPIC_OR_PARTITION'];

async function attempt(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof KafkaClientError) || !doneAlready.includes(error.code)) throw error;
  }
}

/** A large topic comes, gets a record, goes, and comes again. */
async function change(client: Client): Promise<void> {
  await using admin = client.admin();
  await using producer = client.producer();
  const create = () => admin.createTopics([{ topic, partitions: PARTITIONS }]);
  await attempt(create());
  await producer.send({ topic, partition: PARTITIONS - 1, value: 'of the former' });
  await attempt(admin.deleteTopics([topic]));
  await attempt(create());
}

/** The ends of all partitions that are there. */
async function ends(client: Client): Promise<number[]> {
  await using admin: Admin = client.admin();
  const asked = partitions.map((partition) => ({ topic, partition, spec: 'latest' as const }));
  return (await admin.listOffsets(asked)).map(({ offset }) => offset);
}

/** @returns how many changes of the disk it took without a crash. */
async function play(seed: number, crashWithin?: number): Promise<number> {
  const world = new World(seed);
  const server = new BrokerMachine(world);
  await server.start();
  const begin = server.machine.disk.operationCount;
  const client = connect(world, 'client');
  if (crashWithin !== undefined) server.crashWithin(crashWithin);
  let isDone = false;
  const done = change(client).finally(() => (isDone = true));
  done.catch(() => {}); // is looked at below
  await world.runUntil(() => isDone || !server.running);
  if (!server.running) await server.start();
  await world.settle(done);
  const operations = server.machine.disk.operationCount - begin;
  server.machine.disk.crashAtOperation(Infinity, { silent: true }); // it was not that far yet
  expect(await world.settle(ends(client))).toEqual(partitions.map(() => 0));
  if (server.running) await server.stop();
  await server.start();
  expect(await world.settle(ends(client))).toEqual(partitions.map(() => 0));
  expect(server.fault).toBeUndefined();
  await world.settle(client.close());
  return operations;
}

describe('a large topic that is made and removed over turns', async () => {
  const operations = await play(1);
  const step = 7;
  const crashes = Array.from({ length: Math.floor(operations / step) }, (_, i) => 1 + i * step);

  it.each(crashes)(
    'is whole and empty in the end, whatever a crash in change %i took',
    async (at) => {
      await play(at, at);
    },
  );
});
