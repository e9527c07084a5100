import { errors, type KafkaError } from '@tidelog/protocol';

/** A request was not answered by its machine: it may not even have been decided. */
export class CoordinatorFailure {
  readonly error: KafkaError;

  constructor(error: KafkaError) {
    this.error = error;
  }
}

/** What clients of a coordinator are told when its log refuses or loses an append. */
export function clientError(error: KafkaError): KafkaError {
  switch (error.name) {
    // Verifying a transaction may fail with it, which old clients would not retry.
    case 'NETWORK_EXCEPTION':
      return errors.COORDINATOR_LOAD_IN_PROGRESS;
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
    case 'REQUEST_TIMED_OUT':
      return errors.COORDINATOR_NOT_AVAILABLE;
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'FENCED_LEADER_EPOCH':
    case 'KAFKA_STORAGE_ERROR':
      return errors.NOT_COORDINATOR;
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return errors.UNKNOWN_SERVER_ERROR;
    default:
      return error;
  }
}
