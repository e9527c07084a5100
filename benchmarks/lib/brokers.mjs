/** The servers under test, as their users start them, on one core and in directories of this run. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryDir } from '../../conformance/lib/cache.mjs';
import { runOrThrow } from '../../conformance/lib/process.mjs';
import { tools } from '../../conformance/lib/tools.mjs';
import { ask } from '../../conformance/lib/wire.mjs';
import { sleep } from './load.mjs';
import { MeasuredProcess } from './measured-process.mjs';

/** @typedef {'tidelog' | 'kafka'} Kind */

/** Apache Kafka begins to remove half a minute after its start. */
const deletionTimeoutMs = 60_000;

/**
 * What both are told: deleted files go soon, and groups do not wait for members that may come; the rest
 * is the default of a single node.
 */
const commonProperties = {
  'log.segment.delete.delay.ms': '500',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.replication.factor': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
};

/** kafka-server-start.sh gives these to the JVM. */
const kafkaFlags =
  '-Xms1g -Xmx1g -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 ' +
  '-XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true';

export class Broker extends MeasuredProcess {
  /**
   * @param {Kind} kind
   * @param {{ directory: string, port: number, env?: Record<string, string>, nodeFlags?: string[] }}
   *   options the port's neighbour is for the controller; `nodeFlags` are for Tidelog
   */
  constructor(kind, { nodeFlags = [], ...where }) {
    super(kind, where);
    this.kind = kind;
    this.nodeFlags = nodeFlags;
    this.dataDir = join(where.directory, 'data');
  }

  /** Empties its directory, and formats the log directory where that is a step of its own. */
  async reset() {
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true });
    if (this.kind === 'tidelog') return; // formats as it starts
    const [java, options, file] = await this.#kafka();
    const format = ['format', '--standalone', '-t', 'VGlkZWxvZ0JlbmNobWFyaw', '-c', file];
    await runOrThrow(java, ['-Xmx256m', ...options, 'kafka.tools.StorageTool', ...format]);
  }

  /**
   * Starts it.
   * @returns {Promise<number>} ms from the spawn to the first answer that lists the broker
   */
  async start() {
    return this.run(await this.#commandLine(), async () => {
      const metadata = { api: 3, version: 1, body: Buffer.alloc(4) }; // of no topics
      const answer = await ask(`127.0.0.1:${this.port}`, metadata, 1000).catch(() => undefined);
      return answer !== undefined && answer.readInt32BE(0) > 0;
    });
  }

  /** Stops it as its users do. */
  async stop() {
    await this.end(this.kind === 'tidelog' ? 'SIGINT' : 'SIGTERM');
  }

  /**
   * @param {string} topic
   * @returns {string[]} its segments
   */
  segmentsOf(topic) {
    const folders = readdirSync(this.dataDir).filter(
      (name) => name.startsWith(`${topic}-`) && /^\d+$/.test(name.slice(topic.length + 1)),
    );
    return folders.flatMap((folder) =>
      readdirSync(join(this.dataDir, folder))
        .filter((name) => name.endsWith('.log'))
        .map((name) => join(this.dataDir, folder, name)),
    );
  }

  /**
   * Waits until nothing is left of a topic that was deleted.
   * @param {string} topic
   */
  async filesGone(topic) {
    const deadline = performance.now() + deletionTimeoutMs;
    while (readdirSync(this.dataDir).some((name) => name.startsWith(`${topic}-`))) {
      if (performance.now() > deadline) throw new Error(`the files of ${topic} are not removed`);
      await sleep(20);
    }
  }

  /** @returns {Promise<string[]>} */
  async #commandLine() {
    if (this.kind === 'tidelog') return this.#tidelog();
    const [java, options, file] = await this.#kafka();
    return [java, ...kafkaFlags.split(' '), ...options, 'kafka.Kafka', file];
  }

  /** Relaxed: as Apache Kafka, which leaves the time of the fsync to the system. */
  #tidelog() {
    const program = join(repositoryDir, 'packages', 'cli', 'dist', 'tidelog.cjs');
    const settings = { ...commonProperties, 'tidelog.durability': 'relaxed' };
    const properties = Object.entries(settings).flatMap(([name, value]) => [
      '-X',
      `${name}=${value}`,
    ]);
    const where = ['--port', String(this.port), '--data-dir', this.dataDir];
    return [process.execPath, ...this.nodeFlags, program, 'start', ...where, ...properties];
  }

  /** @returns {Promise<[string, string[], string]>} java, its options, and the properties file */
  async #kafka() {
    const { java, classPath, log4j } = await tools.java();
    const logging = [`-Dlog4j2.configurationFile=${log4j}`, '-Dconformance.log=WARN'];
    const options = ['-cp', classPath, ...logging];
    const listeners = `PLAINTEXT://127.0.0.1:${this.port},CONTROLLER://127.0.0.1:${this.port + 1}`;
    const properties = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${this.port + 1}`,
      listeners,
      'advertised.listeners': listeners,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'log.dirs': this.dataDir,
      // From the server.properties that Apache Kafka is delivered with.
      'num.network.threads': '3',
      'num.io.threads': '8',
      'socket.send.buffer.bytes': '102400',
      'socket.receive.buffer.bytes': '102400',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      ...commonProperties,
    };
    const file = join(this.directory, 'server.properties');
    const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(file, lines.join(''));
    return [java, options, file];
  }
}
