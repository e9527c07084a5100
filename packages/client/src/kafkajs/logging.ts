/** Levels of kafkajs's loggers. */
export const logLevel = { NOTHING: 0, ERROR: 1, WARN: 2, INFO: 4, DEBUG: 5 } as const;
export type logLevel = (typeof logLevel)[keyof typeof logLevel];

export interface LoggerEntryContent {
  readonly timestamp: string;
  readonly message: string;
  [key: string]: unknown;
}

export interface LogEntry {
  readonly namespace: string;
  readonly level: logLevel;
  readonly label: string;
  readonly log: LoggerEntryContent;
}

export type logCreator = (level: logLevel) => (entry: LogEntry) => void;

type Log = (message: string, extra?: object) => void;

export interface Logger {
  readonly info: Log;
  readonly error: Log;
  readonly warn: Log;
  readonly debug: Log;
  namespace(namespace: string, level?: logLevel): Logger;
  setLogLevel(level: logLevel): void;
}

/** One line of JSON each, errors and warnings on stderr. */
const toConsole: logCreator = () => (entry) => {
  const { namespace, label, log } = entry;
  const { message, timestamp, ...extra } = log;
  const text = namespace === '' ? message : `[${namespace}] ${message}`;
  const line = JSON.stringify({
    level: label,
    timestamp,
    logger: 'kafkajs',
    message: text,
    ...extra,
  });
  if (entry.level === logLevel.ERROR) console.error(line);
  else if (entry.level === logLevel.WARN) console.warn(line);
  else console.log(line);
};

/** Loggers of one client share a level; a namespace may have its own. */
export function createLogger(
  level: logLevel = logLevel.INFO,
  creator: logCreator = toConsole,
): Logger {
  const shared = { level };
  const write = creator(level);
  const make = (namespace: string, own: logLevel | undefined): Logger => {
    const log =
      (label: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG'): Log =>
      (message, extra = {}) => {
        if ((own ?? shared.level) < logLevel[label]) return;
        const timestamp = new Date().toISOString();
        const content = { timestamp, logger: 'kafkajs', message, ...extra };
        write({ namespace, level: logLevel[label], label, log: content });
      };
    return {
      error: log('ERROR'),
      warn: log('WARN'),
      info: log('INFO'),
      debug: log('DEBUG'),
      namespace: (name, levelOfName) => make(name, levelOfName ?? own),
      setLogLevel: (wanted) => {
        shared.level = wanted;
      },
    };
  };
  return make('', undefined);
}
