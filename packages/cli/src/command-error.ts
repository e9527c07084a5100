/** A failure that is told to the user as one sentence, without a stack. */
export class CommandError extends Error {
  /** 1: it went wrong. 2: the call itself is wrong. */
  readonly exitCode: 1 | 2 = 1;

  constructor(sentence: string) {
    super(sentence);
    this.name = 'CommandError';
  }
}

/** A call that can never succeed: an option or an argument is not what it should be. */
export class CallError extends CommandError {
  override readonly exitCode = 2;
}
