import type { Log } from './log.ts';
import type { LoadOptions } from './recovery/load-log.ts';

export interface OpenLogOptions extends LoadOptions {
  readonly topic: string;
  readonly partition: number;
  /** Noted in `partition.metadata` where that has none yet. */
  readonly topicId?: string;
  /** Of the log directory; none where the log stands alone, with nothing checkpointed. */
  readonly checkpoints?: Checkpoints;
}

/** What must be noted elsewhere before a log gives something up: a crash in the middle has to make sense. */
export interface Checkpoints {
  /** Bytes below the recovery point go: checkpoints above `offset` must be lowered to it. */
  lowerRecoveryPoint(log: Log, offset: number): void;
  saveRecoveryPoints(): Promise<void>;
  /** Segments below the log start offset go, and the disk may do so in any order. */
  saveLogStartOffsets(): Promise<void>;
}
