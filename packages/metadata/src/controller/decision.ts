import type { MetadataRecord } from '../records/metadata-record.ts';
import type { ControllerApi, ReplyTo } from './commands.ts';

/** When a command is decided. */
export interface Moment {
  /** Milliseconds of a clock that never goes back. */
  readonly now: number;
  /** The offset that the first record of this decision will have in the log. */
  readonly nextOffset: number;
}

/** Records to append as one batch, and the answer to give when they are committed. */
export interface Decision<A extends ControllerApi> {
  readonly records: readonly MetadataRecord[];
  readonly reply: ReplyTo<A>;
}
