import {
  shareGroupCurrentMemberAssignmentKey,
  shareGroupCurrentMemberAssignmentValue,
  shareGroupMemberMetadataKey,
  shareGroupMemberMetadataValue,
  shareGroupMetadataKey,
  shareGroupMetadataValue,
  shareGroupStatePartitionMetadataKey,
  shareGroupStatePartitionMetadataValue,
  shareGroupTargetAssignmentMemberKey,
  shareGroupTargetAssignmentMemberValue,
  shareGroupTargetAssignmentMetadataKey,
  shareGroupTargetAssignmentMetadataValue,
} from '@tidelog/protocol';
import { type EventOf, plainRecord } from '../group/record-codec.ts';

/** Records of share groups (KIP-932), by the kind of their event. */
export const shareGroupRecords = {
  ShareGroupMemberMetadata: plainRecord(
    'ShareGroupMemberMetadata',
    10,
    shareGroupMemberMetadataKey,
    shareGroupMemberMetadataValue,
  ),
  ShareGroupMetadata: plainRecord(
    'ShareGroupMetadata',
    11,
    shareGroupMetadataKey,
    shareGroupMetadataValue,
  ),
  ShareGroupTargetAssignmentMetadata: plainRecord(
    'ShareGroupTargetAssignmentMetadata',
    12,
    shareGroupTargetAssignmentMetadataKey,
    shareGroupTargetAssignmentMetadataValue,
  ),
  ShareGroupTargetAssignmentMember: plainRecord(
    'ShareGroupTargetAssignmentMember',
    13,
    shareGroupTargetAssignmentMemberKey,
    shareGroupTargetAssignmentMemberValue,
  ),
  ShareGroupCurrentMemberAssignment: plainRecord(
    'ShareGroupCurrentMemberAssignment',
    14,
    shareGroupCurrentMemberAssignmentKey,
    shareGroupCurrentMemberAssignmentValue,
  ),
  ShareGroupStatePartitionMetadata: plainRecord(
    'ShareGroupStatePartitionMetadata',
    15,
    shareGroupStatePartitionMetadataKey,
    shareGroupStatePartitionMetadataValue,
  ),
};

export type ShareGroupEvent = EventOf<typeof shareGroupRecords>;
