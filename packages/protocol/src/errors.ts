/** An error as it goes over the wire: a code, and what is known of it. */
export interface KafkaError {
  readonly code: number;
  readonly name: string;
  /** The same request may succeed later. */
  readonly retriable: boolean;
  readonly message: string;
}

type Unnamed = Omit<KafkaError, 'name'>;

const final = (code: number, message: string): Unnamed => ({ code, retriable: false, message });
const retriable = (code: number, message: string): Unnamed => ({ code, retriable: true, message });

function named<Name extends string>(table: Record<Name, Unnamed>): Record<Name, KafkaError> {
  const entries = Object.entries<Unnamed>(table).map(([name, error]) => [name, { name, ...error }]);
  return Object.fromEntries(entries) as Record<Name, KafkaError>;
}

/** The error codes of Kafka 4.3. */
export const errors = named({
  UNKNOWN_SERVER_ERROR: final(-1, 'the server met an error that it did not expect'),
  NONE: final(0, 'no error'),
  OFFSET_OUT_OF_RANGE: final(1, 'the offset is outside what the log holds'),
  CORRUPT_MESSAGE: retriable(2, 'a record batch has a wrong checksum, size or layout'),
  UNKNOWN_TOPIC_OR_PARTITION: retriable(3, 'this server does not host the topic or partition'),
  INVALID_FETCH_SIZE: final(4, 'the fetch size is not valid'),
  LEADER_NOT_AVAILABLE: retriable(5, 'the partition has no leader at the moment'),
  NOT_LEADER_OR_FOLLOWER: retriable(
    6,
    'this broker is not the leader, or no replica, of the partition',
  ),
  REQUEST_TIMED_OUT: retriable(7, 'the request was not done within its timeout'),
  BROKER_NOT_AVAILABLE: final(8, 'the broker is not available'),
  REPLICA_NOT_AVAILABLE: retriable(9, 'the replica is not available'),
  MESSAGE_TOO_LARGE: final(10, 'a record batch is larger than max.message.bytes allows'),
  STALE_CONTROLLER_EPOCH: final(11, 'the controller has moved to another broker'),
  OFFSET_METADATA_TOO_LARGE: final(
    12,
    'the metadata string of an offset is longer than offset.metadata.max.bytes',
  ),
  NETWORK_EXCEPTION: retriable(13, 'the connection broke before a response came'),
  COORDINATOR_LOAD_IN_PROGRESS: retriable(14, 'the coordinator is still loading its state'),
  COORDINATOR_NOT_AVAILABLE: retriable(15, 'there is no coordinator at the moment'),
  NOT_COORDINATOR: retriable(16, 'this broker is not the coordinator'),
  INVALID_TOPIC_EXCEPTION: final(
    17,
    'the topic name is not valid, or the topic may not be written to',
  ),
  RECORD_LIST_TOO_LARGE: final(18, 'the record batches are larger than a segment'),
  NOT_ENOUGH_REPLICAS: retriable(19, 'fewer replicas are in sync than min.insync.replicas demands'),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retriable(
    20,
    'the records were written, but to fewer in-sync replicas than demanded',
  ),
  INVALID_REQUIRED_ACKS: final(21, 'acks must be 0, 1 or all (-1)'),
  ILLEGAL_GENERATION: final(22, 'the generation is not that of the group'),
  INCONSISTENT_GROUP_PROTOCOL: final(
    23,
    "the member's protocol type or assignors do not fit those of the group",
  ),
  INVALID_GROUP_ID: final(24, 'the group id is not valid'),
  UNKNOWN_MEMBER_ID: final(25, 'the group does not know this member'),
  INVALID_SESSION_TIMEOUT: final(
    26,
    'the session timeout is outside group.min and group.max.session.timeout.ms',
  ),
  REBALANCE_IN_PROGRESS: final(27, 'the group is rebalancing: join again'),
  INVALID_COMMIT_OFFSET_SIZE: final(28, 'the offsets to commit are too large'),
  TOPIC_AUTHORIZATION_FAILED: final(29, 'not authorized for the topic'),
  GROUP_AUTHORIZATION_FAILED: final(30, 'not authorized for the group'),
  CLUSTER_AUTHORIZATION_FAILED: final(31, 'not authorized for the cluster'),
  INVALID_TIMESTAMP: final(32, "a record's timestamp is outside what the topic accepts"),
  UNSUPPORTED_SASL_MECHANISM: final(33, 'the broker does not offer this SASL mechanism'),
  ILLEGAL_SASL_STATE: final(34, 'the request does not fit the state of the SASL exchange'),
  UNSUPPORTED_VERSION: final(35, 'this version of the API is not supported'),
  TOPIC_ALREADY_EXISTS: final(36, 'the topic exists already'),
  INVALID_PARTITIONS: final(37, 'the number of partitions is not valid'),
  INVALID_REPLICATION_FACTOR: final(
    38,
    'the replication factor is below 1 or larger than the number of brokers',
  ),
  INVALID_REPLICA_ASSIGNMENT: final(39, 'the replica assignment is not valid'),
  INVALID_CONFIG: final(40, 'a configuration value is not valid'),
  NOT_CONTROLLER: retriable(41, 'this is not the active controller'),
  INVALID_REQUEST: final(42, 'the request contradicts itself or lacks something'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: final(43, 'the record format does not support this'),
  POLICY_VIOLATION: final(44, 'a policy of the cluster forbids it'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: final(45, 'a sequence number of this producer is missing'),
  DUPLICATE_SEQUENCE_NUMBER: final(46, 'these records were written before'),
  INVALID_PRODUCER_EPOCH: final(47, 'a newer producer uses this producer id'),
  INVALID_TXN_STATE: final(48, 'the transaction is not in a state that allows this'),
  INVALID_PRODUCER_ID_MAPPING: final(
    49,
    'the producer id does not belong to this transactional id',
  ),
  INVALID_TRANSACTION_TIMEOUT: final(
    50,
    'the transaction timeout is larger than transaction.max.timeout.ms',
  ),
  CONCURRENT_TRANSACTIONS: retriable(
    51,
    'the previous transaction of this id is still being completed',
  ),
  TRANSACTION_COORDINATOR_FENCED: final(52, 'a newer transaction coordinator has taken over'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: final(53, 'not authorized for the transactional id'),
  SECURITY_DISABLED: final(54, 'security is not enabled'),
  OPERATION_NOT_ATTEMPTED: final(55, 'not tried, because another part of the request failed'),
  KAFKA_STORAGE_ERROR: retriable(56, 'the log directory has failed'),
  LOG_DIR_NOT_FOUND: final(57, 'the broker has no such log directory'),
  SASL_AUTHENTICATION_FAILED: final(58, 'authentication failed'),
  UNKNOWN_PRODUCER_ID: final(
    59,
    'nothing is known of this producer id, its records may have been deleted',
  ),
  REASSIGNMENT_IN_PROGRESS: final(60, 'the partition is being reassigned'),
  DELEGATION_TOKEN_AUTH_DISABLED: final(61, 'delegation tokens are not enabled'),
  DELEGATION_TOKEN_NOT_FOUND: final(62, 'there is no such delegation token'),
  DELEGATION_TOKEN_OWNER_MISMATCH: final(
    63,
    'the principal is neither owner nor renewer of the token',
  ),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: final(
    64,
    'delegation tokens cannot be managed over this connection',
  ),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: final(65, 'not authorized for the delegation token'),
  DELEGATION_TOKEN_EXPIRED: final(66, 'the delegation token has expired'),
  INVALID_PRINCIPAL_TYPE: final(67, "the principal's type is not supported"),
  NON_EMPTY_GROUP: final(68, 'the group still has members'),
  GROUP_ID_NOT_FOUND: final(69, 'there is no such group'),
  FETCH_SESSION_ID_NOT_FOUND: retriable(70, 'the broker does not know this fetch session'),
  INVALID_FETCH_SESSION_EPOCH: retriable(
    71,
    'the epoch of the fetch session is not the expected one',
  ),
  LISTENER_NOT_FOUND: retriable(
    72,
    'the leader has no listener of the name on which the request came',
  ),
  TOPIC_DELETION_DISABLED: final(73, 'deleting topics is disabled'),
  FENCED_LEADER_EPOCH: retriable(74, "the leader epoch is older than the broker's"),
  UNKNOWN_LEADER_EPOCH: retriable(75, "the leader epoch is newer than the broker's"),
  UNSUPPORTED_COMPRESSION_TYPE: final(
    76,
    'the compression type is not known, or not allowed at this version',
  ),
  STALE_BROKER_EPOCH: final(77, 'the broker epoch is older than the registered one'),
  OFFSET_NOT_AVAILABLE: retriable(78, "the leader's high watermark has not caught up yet"),
  MEMBER_ID_REQUIRED: final(79, 'join again with the member id of this response'),
  PREFERRED_LEADER_NOT_AVAILABLE: retriable(80, 'the preferred leader is not available'),
  GROUP_MAX_SIZE_REACHED: final(81, 'the group has reached its maximum size'),
  FENCED_INSTANCE_ID: final(82, 'another member has taken over this group instance id'),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: retriable(83, 'no eligible leader is available'),
  ELECTION_NOT_NEEDED: retriable(84, 'the partition needs no election'),
  NO_REASSIGNMENT_IN_PROGRESS: final(85, 'the partition is not being reassigned'),
  GROUP_SUBSCRIBED_TO_TOPIC: final(86, 'the group is subscribed to the topic'),
  INVALID_RECORD: final(87, 'a record does not meet the demands of the topic'),
  UNSTABLE_OFFSET_COMMIT: retriable(88, 'an open transaction may still change the offset'),
  THROTTLING_QUOTA_EXCEEDED: retriable(89, 'the quota for this operation is used up'),
  PRODUCER_FENCED: final(90, 'a newer producer has the same transactional id'),
  RESOURCE_NOT_FOUND: final(91, 'the resource does not exist'),
  DUPLICATE_RESOURCE: final(92, 'the request names a resource twice'),
  UNACCEPTABLE_CREDENTIAL: final(93, 'the credential does not meet the demands'),
  INCONSISTENT_VOTER_SET: final(94, 'the voters of the two sides differ'),
  INVALID_UPDATE_VERSION: final(95, 'the update has a wrong version'),
  FEATURE_UPDATE_FAILED: final(96, 'the features could not be updated'),
  PRINCIPAL_DESERIALIZATION_FAILURE: final(97, 'the forwarded principal cannot be read'),
  SNAPSHOT_NOT_FOUND: final(98, 'there is no such snapshot'),
  POSITION_OUT_OF_RANGE: final(99, 'the position lies outside the snapshot'),
  UNKNOWN_TOPIC_ID: retriable(100, 'this server does not host the topic id'),
  DUPLICATE_BROKER_REGISTRATION: final(101, 'another broker is registered with this id'),
  BROKER_ID_NOT_REGISTERED: final(102, 'no broker is registered with this id'),
  INCONSISTENT_TOPIC_ID: retriable(103, "the log's topic id is not that of the request"),
  INCONSISTENT_CLUSTER_ID: final(104, 'the cluster id is not that of this cluster'),
  TRANSACTIONAL_ID_NOT_FOUND: final(105, 'there is no such transactional id'),
  FETCH_SESSION_TOPIC_ID_ERROR: retriable(106, 'the fetch session mixes topic ids and topic names'),
  INELIGIBLE_REPLICA: final(107, 'the new in-sync replicas include one that is not eligible'),
  NEW_LEADER_ELECTED: final(108, 'the change was made and it moved the leader'),
  OFFSET_MOVED_TO_TIERED_STORAGE: final(109, 'the offset is in tiered storage now'),
  FENCED_MEMBER_EPOCH: final(110, 'the member epoch is fenced: drop all partitions and join again'),
  UNRELEASED_INSTANCE_ID: final(111, 'another member still uses this instance id'),
  UNSUPPORTED_ASSIGNOR: final(112, 'the group does not support this assignor'),
  STALE_MEMBER_EPOCH: final(113, 'the member epoch is stale: try again with the current one'),
  MISMATCHED_ENDPOINT_TYPE: final(114, 'the request went to an endpoint of the wrong kind'),
  UNSUPPORTED_ENDPOINT_TYPE: final(115, 'this kind of endpoint is not supported'),
  UNKNOWN_CONTROLLER_ID: final(116, 'there is no controller with this id'),
  UNKNOWN_SUBSCRIPTION_ID: final(117, 'the telemetry subscription is out of date'),
  TELEMETRY_TOO_LARGE: final(118, 'the telemetry is larger than the broker accepts'),
  INVALID_REGISTRATION: final(119, 'the registration is not valid'),
  TRANSACTION_ABORTABLE: final(120, 'the transaction must be aborted'),
  INVALID_RECORD_STATE: final(121, 'the record is not in a state that allows this acknowledgement'),
  SHARE_SESSION_NOT_FOUND: retriable(122, 'the broker does not know this share session'),
  INVALID_SHARE_SESSION_EPOCH: retriable(
    123,
    'the epoch of the share session is not the expected one',
  ),
  FENCED_STATE_EPOCH: final(
    124,
    'the state epoch of the share partition is older than the stored one',
  ),
  INVALID_VOTER_KEY: final(125, "the voter's key is not that of the receiver"),
  DUPLICATE_VOTER: final(126, 'the voter is in the set already'),
  VOTER_NOT_FOUND: final(127, 'the voter is not in the set'),
  INVALID_REGULAR_EXPRESSION: final(128, 'the regular expression is not valid'),
  REBOOTSTRAP_REQUIRED: final(129, 'the client must bootstrap its metadata again'),
  STREAMS_INVALID_TOPOLOGY: final(130, 'the topology is not valid'),
  STREAMS_INVALID_TOPOLOGY_EPOCH: final(131, 'the topology epoch is not valid'),
  STREAMS_TOPOLOGY_FENCED: final(132, "the topology epoch is older than the group's"),
  SHARE_SESSION_LIMIT_REACHED: retriable(133, 'the broker holds as many share sessions as it may'),
});

export type ErrorName = keyof typeof errors;

const byCode = new Map<number, KafkaError>(Object.values(errors).map((e) => [e.code, e]));

/** The error of a code; codes of newer releases count as unknown server errors. */
export function errorOf(code: number): KafkaError {
  return byCode.get(code) ?? errors.UNKNOWN_SERVER_ERROR;
}
