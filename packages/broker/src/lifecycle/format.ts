import { type BrokerConfig, directoriesOf } from '@tidelog/metadata';
import type { Platform } from '@tidelog/platform';
import { asStartupError, format, refuseForeign } from './storage.ts';

/**
 * Prepares the log directories of a configuration as the first start would. Gives those that were new.
 *
 * @throws StartupError when a directory belongs to somebody else, or to another cluster or node
 */
export function formatStorage(options: {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  /** Drawn at random when not given. */
  readonly clusterId?: string;
}): { clusterId: string; directories: readonly string[] } {
  try {
    for (const path of directoriesOf(options.config)) {
      refuseForeign(options, path);
      options.platform.disk.makeDirectory(path);
    }
    const { clusterId } = options;
    return format(options, clusterId === undefined ? {} : { clusterId });
  } catch (error) {
    throw asStartupError(error);
  }
}
