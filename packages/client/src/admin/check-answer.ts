import { errors } from '@tidelog/protocol';
import { brokerError } from '../client-error.ts';

/** Throws what a broker says of a whole request, if it is an error. */
export function checkAnswer(
  answer: { readonly errorCode: number; readonly errorMessage?: string | null },
  subject: string,
): void {
  const { errorCode, errorMessage } = answer;
  if (errorCode !== errors.NONE.code) throw brokerError(errorCode, subject, errorMessage ?? null);
}
