/**
 * Where a client tells what it does, in sentences. `details` are what the sentence is about, by name.
 * The console and most loggers fit as they are.
 */
export interface Logger {
  debug(message: string, details?: LogDetails): void;
  info(message: string, details?: LogDetails): void;
  warn(message: string, details?: LogDetails): void;
  error(message: string, details?: LogDetails): void;
}

export type LogDetails = Readonly<Record<string, unknown>>;

const silent = (): void => {};

/** Warnings and errors go to the console's error stream; the rest is dropped. */
const onlyTrouble: Logger = {
  debug: silent,
  info: silent,
  warn: (message, details) => console.warn(`tidelog: ${message}`, ...(details ? [details] : [])),
  error: (message, details) => console.error(`tidelog: ${message}`, ...(details ? [details] : [])),
};

/** The user's logger, of which any level may be missing: `{}` is silent. */
export function loggerOf(logger: Partial<Logger> | undefined): Logger {
  if (logger === undefined) return onlyTrouble;
  return {
    debug: logger.debug?.bind(logger) ?? silent,
    info: logger.info?.bind(logger) ?? silent,
    warn: logger.warn?.bind(logger) ?? silent,
    error: logger.error?.bind(logger) ?? silent,
  };
}
