/** One thing that a file holds. `type` says what it is, and so which other fields are there. */
export interface DumpRow {
  readonly type:
    | 'batch'
    | 'record'
    | 'problem'
    | 'index-entry'
    | 'time-index-entry'
    | 'aborted-transaction'
    | 'producer'
    | 'leader-epoch'
    | 'checkpoint-offset'
    | 'property';
  readonly [field: string]: unknown;
}
