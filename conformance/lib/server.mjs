/** Brokers that the harness starts: Tidelog, and Apache Kafka from its jars, on the same files. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { repositoryDir } from './cache.mjs';
import { currentRelease, needsZooKeeper } from './kafka-releases.mjs';
import { exited, runOrThrow, track } from './process.mjs';
import { kafkaBroker, shortLived, tools } from './tools.mjs';
import { untilReady } from './wire.mjs';

/** @typedef {'tidelog' | 'kafka'} Kind */

/** Runs that begin at the same time look for ports at different places, and so do not meet. */
const firstPort = 19500 + 2 * (process.pid % 25);
const lastPort = 19599;
const clusterId = 'VGlkZWxvZ0NvbmZvcm1hbg';
const startTimeoutMs = 120_000;
const stopTimeoutMs = 60_000;

/**
 * What both brokers are told: one node, loopback, no wait before a group's first rebalance,
 * heartbeats and assignments of the newer groups as often as the classic members of the checks need
 * them, and a cleaner that looks for work all the time.
 */
const commonProperties = {
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.min.heartbeat.interval.ms': '200',
  'group.consumer.heartbeat.interval.ms': '200',
  'group.consumer.assignment.interval.ms': '100',
  'group.share.min.heartbeat.interval.ms': '200',
  'group.share.heartbeat.interval.ms': '200',
  'group.share.assignment.interval.ms': '100',
  'group.streams.min.heartbeat.interval.ms': '200',
  'group.streams.heartbeat.interval.ms': '200',
  'group.streams.assignment.interval.ms': '100',
  'group.streams.initial.rebalance.delay.ms': '0',
  'log.cleaner.backoff.ms': '200',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
};

/** @param {number} port */
function free(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * A port for clients whose neighbour is free too, for the controller.
 * @param {number} [first] where the search begins
 * @param {number} [last] and where it ends
 * @returns {Promise<number>}
 */
export async function freePort(first = firstPort, last = lastPort) {
  for (let port = first; port < last; port += 2) {
    if ((await free(port)) && (await free(port + 1))) return port;
  }
  throw new Error(`no free pair of ports between ${first} and ${last}`);
}

/** One broker with its directory; it can be started and stopped again and again. */
export class Server {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #zooKeeper;

  /**
   * @param {Kind} kind
   * @param {{ directory: string, port: number, plain?: boolean, properties?: Record<string, string>,
   *   formatArguments?: string[], heapMb?: number, release?: string }} options `directory` holds the configuration, the
   *   log and, in `data`, what the broker writes; `plain` starts Tidelog by its short command line in
   *   place of the properties file that both brokers take; `properties` go over those that all have,
   *   `formatArguments` to Apache Kafka's kafka-storage, and `heapMb` to its JVM; `release` is that
   *   of Apache Kafka
   */
  constructor(kind, options) {
    const { directory, port, plain = false, properties = {}, heapMb = 768 } = options;
    this.kind = kind;
    this.properties = properties;
    this.formatArguments = options.formatArguments ?? ['--standalone'];
    this.heapMb = heapMb;
    this.release = options.release ?? currentRelease;
    this.directory = directory;
    this.port = port;
    this.plain = plain;
    this.bootstrap = `127.0.0.1:${port}`;
    this.dataDir = join(directory, 'data');
    this.logFile = join(directory, `${kind}.log`);
  }

  /** Starts it on `data` and waits until it serves. The first start formats. */
  async start() {
    mkdirSync(this.directory, { recursive: true });
    const [command, args] = await this.#commandLine();
    const log = openSync(this.logFile, 'a');
    const child = spawn(command, args, { stdio: ['ignore', log, log] });
    track(child);
    child.on('error', () => {}); // seen as not alive below
    this.#child = child;
    const stillAlive = () => child.exitCode === null && child.signalCode === null;
    try {
      await untilReady(this.bootstrap, { timeoutMs: startTimeoutMs, stillAlive });
    } catch (error) {
      await this.kill();
      const end = readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-12).join('\n');
      throw new Error(`${this.kind}: ${/** @type {Error} */ (error).message}\n${end}`, {
        cause: error,
      });
    }
  }

  /** Stops it as Ctrl-C does, and throws when the end was not clean. */
  async stop() {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill(this.kind === 'tidelog' ? 'SIGINT' : 'SIGTERM');
    const { code, signal } = await exited(child, stopTimeoutMs);
    await this.#stopZooKeeper();
    const clean = this.kind === 'tidelog' ? code === 0 : code === 143 || signal === 'SIGTERM';
    if (!clean) throw new Error(`${this.kind} ended with ${signal ?? `exit code ${code}`}`);
  }

  /** Kills it without a chance to write anything. */
  async kill() {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    if (child?.pid !== undefined) await exited(child, stopTimeoutMs);
    await this.#stopZooKeeper();
  }

  async #stopZooKeeper() {
    const child = this.#zooKeeper;
    this.#zooKeeper = undefined;
    child?.kill('SIGKILL');
    if (child?.pid !== undefined) await exited(child, stopTimeoutMs);
  }

  /** Stops it in the midst of whatever it does, as a long pause of a machine would. */
  pause() {
    this.#child?.kill('SIGSTOP');
  }

  resume() {
    this.#child?.kill('SIGCONT');
  }

  /** @returns {Promise<[string, string[]]>} */
  async #commandLine() {
    return this.kind === 'tidelog' ? this.#tidelog() : this.#kafka();
  }

  /** @returns {[string, string[]]} */
  #tidelog() {
    const program = join(repositoryDir, 'packages', 'cli', 'dist', 'tidelog.cjs');
    if (!this.plain) {
      const file = this.#propertiesFile(this.#raftProperties());
      return [process.execPath, [program, 'start', file]];
    }
    const settings = Object.entries({ 'node.id': '1', ...commonProperties }).flatMap(([k, v]) => [
      '-X',
      `${k}=${v}`,
    ]);
    const where = ['--port', String(this.port), '--data-dir', this.dataDir];
    return [process.execPath, [program, 'start', ...where, ...settings]];
  }

  /** @returns {Promise<[string, string[]]>} */
  async #kafka() {
    const isCurrent = this.release === currentRelease;
    const tool = await (isCurrent ? tools.java() : kafkaBroker(this.release));
    const common = ['-cp', tool.classPath, `-Dlog4j2.configurationFile=${tool.log4j}`];
    const flags = ['-Xms128m', `-Xmx${this.heapMb}m`, ...shortLived, '-Djava.awt.headless=true'];
    const broker = [...flags, ...common, '-Dconformance.log=WARN', 'kafka.Kafka'];
    if (needsZooKeeper(this.release)) {
      this.#startZooKeeper([tool.java, ['-Xmx128m', ...shortLived, ...common]]);
      return [tool.java, [...broker, this.#propertiesFile(this.#zooKeeperProperties())]];
    }
    const file = this.#propertiesFile(this.#raftProperties());
    if (!existsSync(join(this.dataDir, 'meta.properties'))) {
      const format = ['format', '-t', clusterId, '-c', file, ...this.formatArguments];
      const storageTool = [...shortLived, ...common, 'kafka.tools.StorageTool', ...format];
      await runOrThrow(tool.java, ['-Xmx256m', ...storageTool]);
    }
    return [tool.java, [...broker, file]];
  }

  /** @param {[string, string[]]} java */
  #startZooKeeper([java, flags]) {
    const directory = join(this.directory, 'zookeeper');
    const main = 'org.apache.zookeeper.server.ZooKeeperServerMain';
    const args = ['-Dzookeeper.admin.enableServer=false', main, `${this.port + 1}`, directory];
    const log = openSync(`${this.logFile}-zookeeper`, 'a');
    this.#zooKeeper = track(spawn(java, [...flags, ...args], { stdio: ['ignore', log, log] }));
  }

  #raftProperties() {
    const listeners = `PLAINTEXT://127.0.0.1:${this.port},CONTROLLER://127.0.0.1:${this.port + 1}`;
    return {
      'node.id': '1',
      'process.roles': 'broker,controller',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${this.port + 1}`,
      listeners,
      'advertised.listeners': listeners,
      'inter.broker.listener.name': 'PLAINTEXT',
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    };
  }

  #zooKeeperProperties() {
    return {
      'broker.id': '1',
      'zookeeper.connect': `127.0.0.1:${this.port + 1}`,
      listeners: `PLAINTEXT://127.0.0.1:${this.port}`,
    };
  }

  /** Writes the file that both brokers take, and gives its path. @param {Record<string, string>} place */
  #propertiesFile(place) {
    const properties = {
      ...place,
      'log.dirs': this.dataDir,
      ...commonProperties,
      ...this.properties,
    };
    const file = join(this.directory, 'server.properties');
    const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(file, lines.join(''));
    return file;
  }
}
