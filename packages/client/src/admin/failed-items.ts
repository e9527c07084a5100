import { type ClientErrorCode, KafkaClientError } from '../client-error.ts';

/**
 * Several of the things that a call was about have failed; the others are done. `code` is that of the
 * first failure, `errors` are all of them: each message begins with what it is about.
 */
export class FailedItemsError extends KafkaClientError {
  readonly errors: readonly KafkaClientError[];

  constructor(errors: readonly [KafkaClientError, ...KafkaClientError[]], itemCount: number) {
    const [first] = errors;
    super(
      first.code satisfies ClientErrorCode,
      `${errors.length} of ${itemCount} failed, see \`errors\`; the first: ${first.message}`,
      { retriable: errors.every(({ retriable }) => retriable) },
    );
    this.errors = errors;
  }
}
