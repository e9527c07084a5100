import { errors, type KafkaError } from '@tidelog/protocol';
import type { ServeLog } from '../serve.ts';

/** The only logger that there is; the others of Apache Kafka are those of its Java classes. */
export const ROOT_LOGGER = 'root';

/** From the least said to the most, as `LogLevelConfig` names them. */
const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];
const [ERROR, WARN, INFO] = [
  LEVELS.indexOf('ERROR'),
  LEVELS.indexOf('WARN'),
  LEVELS.indexOf('INFO'),
];

export const SET = 0;
const DELETE = 1;
const OPERATIONS = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'];

export interface LoggerRefusal {
  readonly error: KafkaError;
  readonly message: string;
}

/** What the operator hears of, changed as the resource BROKER_LOGGER (KIP-412) until the next start. */
export class LoggerLevels {
  #root = 'INFO';

  /** Names and levels. */
  entries(): [name: string, level: string][] {
    return [[ROOT_LOGGER, this.#root]];
  }

  /** Why a change cannot be made; null where it can. */
  refusal(name: string, operation: number, level: string | null): LoggerRefusal | null {
    const config = errors.INVALID_CONFIG;
    const request = errors.INVALID_REQUEST;
    if (operation !== SET && operation !== DELETE) {
      const what = OPERATIONS[operation] ?? `Unknown operation type ${operation}`;
      const message = `${what} operation is not allowed for the BROKER_LOGGER resource`;
      return { error: request, message };
    }
    if (name !== ROOT_LOGGER) return { error: config, message: `Logger ${name} does not exist!` };
    if (operation === DELETE) {
      const message = `Removing the log level of the ${ROOT_LOGGER} logger is not allowed`;
      return { error: request, message };
    }
    if (level !== null && LEVELS.includes(level)) return null;
    const message =
      `Cannot set the log level of ${name} to ${level} as it is not a supported log level. ` +
      `Valid log levels are ${LEVELS.toSorted().join(', ')}`;
    return { error: config, message };
  }

  /** Sets the level of the one logger. */
  set(level: string): void {
    this.#root = level;
  }

  /** The log with everything left out that the level is too low for. */
  filter(log: ServeLog): ServeLog {
    const passes = (level: number): boolean => LEVELS.indexOf(this.#root) >= level;
    return {
      info: (message) => passes(INFO) && log.info(message),
      warn: (message) => passes(WARN) && log.warn(message),
      error: (message) => passes(ERROR) && log.error(message),
    };
  }
}
