import { errors, type ErrorName, type RequestOf } from '@tidelog/protocol';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { SINCE } from '../records/record-versions.ts';
import { brokerEpochRefusal } from './broker-epoch.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { changeOf, leaderAndIsrUpdates, type PartitionRef } from './leader-updates.ts';
import { Refusal } from './refusal.ts';

type Request = RequestOf<'AssignReplicasToDirs'>;

/** AssignReplicasToDirs (KIP-858): a broker tells in which directories its replicas are. */
export function assignReplicasToDirs(
  state: ControllerState,
  request: Request,
): Decision<'AssignReplicasToDirs'> {
  const { brokerId } = request;
  const refusal =
    state.image.features.metadataVersion < SINCE.DIRECTORY_ASSIGNMENT
      ? new Refusal('UNSUPPORTED_VERSION')
      : brokerEpochRefusal(state, brokerId, request.brokerEpoch);
  if (refusal !== undefined) {
    const errorCode = refusal.error.code;
    return { records: [], reply: { throttleTimeMs: 0, errorCode, directories: [] } };
  }
  const records: MetadataRecord[] = [];
  const offline: PartitionRef[] = [];
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const found = assignedPartition(state, brokerId, topicId, partitionIndex);
        if (typeof found === 'string') {
          return { partitionIndex, errorCode: errors[found].code };
        }
        const record = changeOf(state, found, { directories: new Map([[brokerId, id]]) });
        if (record !== undefined) records.push(record);
        if (!state.hasOnlineDirectory(brokerId, id)) offline.push(found);
        return { partitionIndex, errorCode: errors.NONE.code };
      }),
    })),
  }));
  records.push(...leaderAndIsrUpdates(state, offline, { leaving: brokerId }));
  const errorCode = errors.NONE.code;
  return { records, reply: { throttleTimeMs: 0, errorCode, directories } };
}

function assignedPartition(
  state: ControllerState,
  brokerId: number,
  topicId: string,
  partitionId: number,
): PartitionRef | ErrorName {
  const topic = state.image.topics.byId(topicId);
  if (topic === undefined) return 'UNKNOWN_TOPIC_ID';
  const partition = topic.partitions[partitionId];
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  if (!partition.replicas.includes(brokerId)) return 'NOT_LEADER_OR_FOLLOWER';
  return { topic, partitionId, partition };
}
