import {
  streamsGroupCurrentMemberAssignmentKey,
  streamsGroupCurrentMemberAssignmentValue,
  streamsGroupMemberMetadataKey,
  streamsGroupMemberMetadataValue,
  streamsGroupMetadataKey,
  streamsGroupMetadataValue,
  streamsGroupTargetAssignmentMemberKey,
  streamsGroupTargetAssignmentMemberValue,
  streamsGroupTargetAssignmentMetadataKey,
  streamsGroupTargetAssignmentMetadataValue,
  streamsGroupTopologyKey,
  streamsGroupTopologyValue,
} from '@tidelog/protocol';
import { type EventOf, plainRecord } from '../group/record-codec.ts';

/** Records of streams groups (KIP-1071), by the kind of their event. */
export const streamsGroupRecords = {
  StreamsGroupMetadata: plainRecord(
    'StreamsGroupMetadata',
    17,
    streamsGroupMetadataKey,
    streamsGroupMetadataValue,
  ),
  StreamsGroupMemberMetadata: plainRecord(
    'StreamsGroupMemberMetadata',
    19,
    streamsGroupMemberMetadataKey,
    streamsGroupMemberMetadataValue,
  ),
  StreamsGroupTargetAssignmentMetadata: plainRecord(
    'StreamsGroupTargetAssignmentMetadata',
    20,
    streamsGroupTargetAssignmentMetadataKey,
    streamsGroupTargetAssignmentMetadataValue,
  ),
  StreamsGroupTargetAssignmentMember: plainRecord(
    'StreamsGroupTargetAssignmentMember',
    21,
    streamsGroupTargetAssignmentMemberKey,
    streamsGroupTargetAssignmentMemberValue,
  ),
  StreamsGroupCurrentMemberAssignment: plainRecord(
    'StreamsGroupCurrentMemberAssignment',
    22,
    streamsGroupCurrentMemberAssignmentKey,
    streamsGroupCurrentMemberAssignmentValue,
  ),
  StreamsGroupTopology: plainRecord(
    'StreamsGroupTopology',
    23,
    streamsGroupTopologyKey,
    streamsGroupTopologyValue,
  ),
};

export type StreamsGroupEvent = EventOf<typeof streamsGroupRecords>;
