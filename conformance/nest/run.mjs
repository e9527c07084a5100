/** run.mjs PACKAGES BOOTSTRAP PREFIX MATCH: the Kafka transport of NestJS, with what PACKAGES calls kafkajs. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Checks, until } from '../node/checks.mjs';

const [packages, bootstrap = '', prefix = '', match = ''] = process.argv.slice(2);
const require = createRequire(`${packages}/`);
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const nest = require('@nestjs/microservices');
const { Kafka, logLevel } = require('kafkajs');
const { firstValueFrom, timeout } = require('rxjs');

const checks = new Checks(match);
checks.say({ version: require('@nestjs/microservices/package.json').version });

const sum = `${prefix}-sum`;
const orders = `${prefix}-orders`;
const flaky = `${prefix}-flaky`;
/** @type {{ data: any, key: string, partition: number }[]} */
const seen = [];
let attempts = 0;

/** What decorators do, without their syntax. */
class Controller {
  sum(/** @type {number[]} */ numbers) {
    return numbers.reduce((a, b) => a + b, 0);
  }

  ordered(/** @type {any} */ data, /** @type {any} */ context) {
    const { key } = context.getMessage();
    seen.push({ data, key: String(key), partition: context.getPartition() });
  }

  flaky(/** @type {any} */ data) {
    attempts++;
    if (attempts < 3) throw new nest.KafkaRetriableException('not yet');
    return `${data} at last`;
  }
}

/** @param {Function} decorator @param {string} method */
function decorate(decorator, method) {
  const descriptor = Object.getOwnPropertyDescriptor(Controller.prototype, method);
  decorator(Controller.prototype, method, descriptor);
}
decorate(nest.MessagePattern(sum), 'sum');
decorate(nest.EventPattern(orders), 'ordered');
decorate(nest.EventPattern(flaky), 'flaky');
nest.Payload()(Controller.prototype, 'ordered', 0);
nest.Ctx()(Controller.prototype, 'ordered', 1);
require('@nestjs/common').Controller()(Controller);
function App() {}
Module({ controllers: [Controller] })(App);

const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({
  topics: [sum, `${sum}.reply`, orders, flaky].map((topic) => ({ topic, numPartitions: 2 })),
});
const options = {
  client: { brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } },
  consumer: { groupId: `${prefix}-nest`, heartbeatInterval: 200, maxWaitTimeInMs: 100 },
  subscribe: { fromBeginning: true },
};
const app = await NestFactory.createMicroservice(App, {
  transport: nest.Transport.KAFKA,
  options,
  logger: false,
});
const client = new nest.ClientKafka(options);
client.subscribeToResponseOf(sum);

await checks.check('a microservice starts', () => app.listen());
await checks.check('a client connects, and gets its reply partitions', async () => {
  await client.connect();
  await until('it has partitions', () => Object.keys(client.getConsumerAssignments()).length > 0);
});
await checks.check('a request is answered', async () => {
  const reply = await firstValueFrom(client.send(sum, [1, 2, 39]).pipe(timeout(20_000)));
  assert.equal(Number(reply), 42);
});
await checks.check('events arrive, with keys, in order', async () => {
  for (let i = 0; i < 20; i++) {
    await firstValueFrom(client.emit(orders, { key: 'customer', value: { number: i } }));
  }
  await until('all came', () => seen.length === 20);
  assert.deepEqual(
    seen.map(({ data }) => data.number),
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.deepEqual(new Set(seen.map(({ key }) => key)), new Set(['customer']));
});
await checks.check('an event is handled again when its handler asks for it', async () => {
  await firstValueFrom(client.emit(flaky, 'done'));
  await until('it was handled', () => attempts >= 3);
});
await checks.check('both close', async () => {
  await client.close();
  await app.close();
  await admin.disconnect();
});
checks.say({ done: true });
process.exit(0);
