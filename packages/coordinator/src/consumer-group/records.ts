import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from '@tidelog/protocol';
import { type EventOf, plainRecord } from '../group/record-codec.ts';

/** Records of groups of the consumer protocol (KIP-848), by the kind of their event. */
export const consumerGroupRecords = {
  ConsumerGroupMetadata: plainRecord(
    'ConsumerGroupMetadata',
    3,
    consumerGroupMetadataKey,
    consumerGroupMetadataValue,
  ),
  /** Only releases before 4.1 wrote values of it. */
  ConsumerGroupPartitionMetadata: plainRecord(
    'ConsumerGroupPartitionMetadata',
    4,
    consumerGroupPartitionMetadataKey,
    consumerGroupPartitionMetadataValue,
  ),
  ConsumerGroupMemberMetadata: plainRecord(
    'ConsumerGroupMemberMetadata',
    5,
    consumerGroupMemberMetadataKey,
    consumerGroupMemberMetadataValue,
  ),
  ConsumerGroupTargetAssignmentMetadata: plainRecord(
    'ConsumerGroupTargetAssignmentMetadata',
    6,
    consumerGroupTargetAssignmentMetadataKey,
    consumerGroupTargetAssignmentMetadataValue,
  ),
  ConsumerGroupTargetAssignmentMember: plainRecord(
    'ConsumerGroupTargetAssignmentMember',
    7,
    consumerGroupTargetAssignmentMemberKey,
    consumerGroupTargetAssignmentMemberValue,
  ),
  ConsumerGroupCurrentMemberAssignment: plainRecord(
    'ConsumerGroupCurrentMemberAssignment',
    8,
    consumerGroupCurrentMemberAssignmentKey,
    consumerGroupCurrentMemberAssignmentValue,
  ),
  ConsumerGroupRegularExpression: plainRecord(
    'ConsumerGroupRegularExpression',
    16,
    consumerGroupRegularExpressionKey,
    consumerGroupRegularExpressionValue,
  ),
};

export type ConsumerGroupEvent = EventOf<typeof consumerGroupRecords>;
