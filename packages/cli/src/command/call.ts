/**
 * Where a command reads and prints. Commands get it from outside, so that tests and examples run them
 * inside one process.
 */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: AsyncIterable<Buffer | string>;
  /** Somebody types the input. */
  readonly isInputTyped: boolean;
  /** Somebody can be asked, and sees the question. */
  readonly isInteractive: boolean;
  /** Standard output may be coloured: it is a terminal, and `NO_COLOR` is not set. */
  readonly hasColours: boolean;
  /** Prints to standard output; waits while the reader is behind. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Says something on standard error. */
  tell(text: string): void;
  /** Asks on standard error, and gives the line that was typed. */
  ask(question: string): Promise<string>;
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  stopped(): AbortSignal;
}

/** One call of a command: the arguments, a list for one that repeats being spread, and its options. */
export interface Call<Settings = unknown> {
  readonly args: readonly string[];
  readonly settings: Settings;
  readonly terminal: Terminal;
}
