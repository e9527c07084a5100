import { describe, expect, it } from 'vitest';
import * as entrance from '../kafkajs.ts';

/** What kafkajs 2.2.4 exports. */
const names = `
  AclOperationTypes AclPermissionTypes AclResourceTypes AssignerProtocol CompressionCodecs
  CompressionTypes ConfigResourceTypes ConfigSource Kafka KafkaJSAggregateError
  KafkaJSAlterPartitionReassignmentsError KafkaJSBrokerNotFound KafkaJSConnectionClosedError
  KafkaJSConnectionError KafkaJSCreateTopicError KafkaJSDeleteGroupsError
  KafkaJSDeleteTopicRecordsError KafkaJSError KafkaJSFetcherRebalanceError
  KafkaJSGroupCoordinatorNotFound KafkaJSInvalidLongError KafkaJSInvalidVarIntError
  KafkaJSInvariantViolation KafkaJSLockTimeout KafkaJSMemberIdRequired
  KafkaJSMetadataNotLoaded KafkaJSNoBrokerAvailableError KafkaJSNonRetriableError
  KafkaJSNotImplemented KafkaJSNumberOfRetriesExceeded KafkaJSOffsetOutOfRange
  KafkaJSPartialMessageError KafkaJSProtocolError KafkaJSRequestTimeoutError
  KafkaJSSASLAuthenticationError KafkaJSServerDoesNotSupportApiKey
  KafkaJSStaleTopicMetadataAssignment KafkaJSTimeout KafkaJSTopicMetadataNotLoaded
  KafkaJSUnsupportedMagicByteInMessageSet PartitionAssigners Partitioners
  ResourcePatternTypes logLevel
`;

describe('the exports', () => {
  it('are those of kafkajs, so that `instanceof` never meets undefined', () => {
    expect(Object.keys(entrance).sort()).toEqual(names.trim().split(/\s+/));
  });

  it('have errors that are errors of kafkajs', () => {
    const { KafkaJSConnectionClosedError, KafkaJSLockTimeout, KafkaJSNonRetriableError } = entrance;
    const closed = new KafkaJSConnectionClosedError('gone', { broker: 'b:1' });
    expect(closed).toBeInstanceOf(entrance.KafkaJSConnectionError);
    expect(closed).toMatchObject({ name: 'KafkaJSConnectionClosedError', retriable: true });
    expect(new KafkaJSLockTimeout('late')).toBeInstanceOf(KafkaJSNonRetriableError);
  });
});
