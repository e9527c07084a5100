import { type ErrorName, errors, type KafkaError } from '@tidelog/protocol';

/** Why a command, or one part of it, is not carried out. A value, never thrown. */
export class Refusal {
  readonly error: KafkaError;
  readonly message: string;

  constructor(name: Exclude<ErrorName, 'NONE'>, message?: string) {
    this.error = errors[name];
    this.message = message ?? this.error.message;
  }
}

/** The two fields that most answers have; without a refusal they say that all went well. */
export function errorFields(refusal?: Refusal): {
  errorCode: number;
  errorMessage: string | null;
} {
  return refusal === undefined
    ? { errorCode: errors.NONE.code, errorMessage: null }
    : { errorCode: refusal.error.code, errorMessage: refusal.message };
}
