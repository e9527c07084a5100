export {
  type Examination,
  examinationOf,
  type ExaminationRules,
  examinationTask,
  takesLong,
} from './append/examination.ts';
export type { ExaminationResult } from './append/examine-batch.ts';
export type { LeaderAppend } from './append/leader-append.ts';
export type { CleaningStats } from './cleaner/cleaning-job.ts';
export { type CleanerView, LogCleaner, type LogCleanerOptions } from './cleaner/log-cleaner.ts';
export type { CleanerSettings } from './cleaner/log-cleaning.ts';
export { defaultLogConfig, type LogConfig } from './config.ts';
export { createLogContext, type LogContext, type LogContextOptions } from './context.ts';
export { DirectoryError } from './directory/find-partitions.ts';
export { LogDirectory, type OpenDirectoryOptions } from './directory/log-directory.ts';
export { type DirectoryIntervals, defaultDirectoryIntervals } from './directory/schedule.ts';
export { isDiskFull } from './health.ts';
export { Log } from './log.ts';
export type { OpenLogOptions } from './log-options.ts';
export type { ReadLimits } from './log-view.ts';
export {
  deletedDirectoryName,
  futureDirectoryName,
  type PartitionDirectory,
  parsePartitionDirectory,
  partitionDirectoryName,
  strayDirectoryName,
} from './names.ts';
export type { LogTransactions, Verified } from './producer-state/log-transactions.ts';
export { decodeProducerSnapshot } from './producer-state/producer-snapshot.ts';
export type { VerificationGuard, VerifiedProducer } from './producer-state/verification.ts';
export { giveBack } from './read/lent-memory.ts';
export { TailCache } from './read/tail-cache.ts';
export type { CutTail } from './recovery/load-log.ts';
export {
  type AbortedTransaction,
  type Appended,
  type AppendResult,
  DiskFullError,
  type EpochEndOffset,
  failure,
  isFailure,
  type LogFailure,
  type ProducerView,
  type ReadData,
  type ReadResult,
  type RecordError,
  StorageError,
  type TimestampAndOffset,
} from './results.ts';
