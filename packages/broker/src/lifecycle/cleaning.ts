import { type CleanerSettings, LogCleaner, type LogDirectory } from '@tidelog/log';
import type { BrokerConfig } from '@tidelog/metadata';
import type { Platform } from '@tidelog/platform';
import type { ServeLog } from '../serve.ts';

/** The cleaner of a broker's directories, which obeys its configuration as it changes. */
export function openCleaner(
  directories: readonly LogDirectory[],
  config: () => BrokerConfig,
  { platform, log }: { readonly platform: Platform; readonly log: ServeLog },
): LogCleaner {
  const { background, clock, random } = platform;
  return new LogCleaner({
    directories,
    background,
    clock,
    random,
    settings: () => cleanerSettings(config()),
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
  });
}

function cleanerSettings(config: BrokerConfig): CleanerSettings {
  return {
    enabled: config.getBoolean('log.cleaner.enable'),
    threads: config.getInt('log.cleaner.threads'),
    dedupeBufferBytes: config.getLong('log.cleaner.dedupe.buffer.size'),
    loadFactor: config.getDouble('log.cleaner.io.buffer.load.factor'),
    ioBufferBytes: config.getInt('log.cleaner.io.buffer.size'),
    maxBytesPerSecond: config.getDouble('log.cleaner.io.max.bytes.per.second'),
    backoffMs: config.getLong('log.cleaner.backoff.ms'),
  };
}
