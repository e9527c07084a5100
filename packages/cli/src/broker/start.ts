import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, type ServeLog } from '@tidelog/broker';
import type { BrokerConfig } from '@tidelog/metadata';
import { describeNative, nodePlatform } from '@tidelog/platform';
import { version } from '../version.ts';
import { setPoolThreads } from './pool-threads.ts';
import { type BrokerSettings, brokerConfig } from './broker-settings.ts';

export interface StartSettings extends BrokerSettings {
  readonly mode: 'start' | 'dev';
}

/** Development: answers as soon as the page cache has a record, and groups that form at once. */
const devProperties: ReadonlyMap<string, string> = new Map([
  ['tidelog.durability', 'relaxed'],
  ['group.initial.rebalance.delay.ms', '0'],
]);

const log: ServeLog = {
  info: (message) => line('INFO', message),
  warn: (message) => line('WARN', message),
  error: (message) => line('ERROR', message),
};

function line(level: string, message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
}

/**
 * Runs a broker until SIGINT or SIGTERM; returns when it has stopped cleanly. `lockTable`: what the kernel
 * said of locks a moment ago (`readLockTable`).
 */
export async function start(
  file: string | undefined,
  settings: StartSettings,
  lockTable?: Promise<string | undefined>,
): Promise<void> {
  setPoolThreads();
  const temporary =
    settings.mode === 'dev' && settings.dataDir === undefined
      ? mkdtempSync(join(tmpdir(), 'tidelog-dev-'))
      : null;
  try {
    const config = brokerConfig(
      file,
      temporary === null ? settings : { ...settings, dataDir: temporary },
      settings.mode === 'dev' ? devProperties : new Map(),
    );
    await serve(config, temporary !== null, lockTable);
  } finally {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
  }
}

async function serve(
  config: BrokerConfig,
  isTemporary: boolean,
  lockTable?: Promise<string | undefined>,
): Promise<void> {
  const stopped = stopSignal();
  const fatal: Error[] = [];
  const broker = await Broker.start({
    platform: nodePlatform(await lockTable),
    config,
    hostName: hostname(),
    log,
    onFatal: (error) => {
      fatal.push(error);
      stopped.now();
    },
  });
  log.info(describeNative());
  process.stdout.write(banner(broker, config, isTemporary));
  await stopped.signal;
  await broker.stop();
  const [cause] = fatal;
  if (cause !== undefined) throw cause;
  process.stdout.write('Stopped.\n');
}

function banner(broker: Broker, config: BrokerConfig, isTemporary: boolean): string {
  const addresses = broker.addresses.map(({ host, port }) => `${host}:${port}`);
  const [first = ''] = addresses;
  const bootstrap = first === '127.0.0.1:9092' ? '' : ` -b ${first}`;
  const data = isTemporary ? 'temporary data' : `data in ${config.logDirs.join(', ')}`;
  return `Tidelog ${version}, speaking Kafka 4.3, listens on ${addresses.join(', ')} (${data})

  produce:  echo hello | npx tidelog produce greetings${bootstrap}
  consume:  npx tidelog consume greetings${bootstrap}

Ctrl-C stops it.
`;
}

/** Resolves at the first signal to stop; a second one ends the process at once. */
function stopSignal(): { signal: Promise<void>; now: () => void } {
  let now: () => void = () => {};
  const signal = new Promise<void>((resolve) => {
    now = resolve;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        process.once(name, () => process.exit(130));
        resolve();
      });
    }
  });
  return { signal, now };
}
