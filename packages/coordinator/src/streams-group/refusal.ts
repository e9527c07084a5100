import type { KafkaError } from '@tidelog/protocol';

/** Why a request of a streams group's member is not carried out; nothing has changed. */
export class Refusal {
  readonly error: KafkaError;
  readonly message: string;

  constructor(error: KafkaError, message: string = error.message) {
    this.error = error;
    this.message = message;
  }
}
