import { array, bytes, int32, int64, int8, string, uuid } from '../schema/field.ts';
import { message } from '../schema/message.ts';

const subscriptionInfoDataTaskId = {
  topicGroupId: int32.until(6),
  partition: int32.until(6),
};

const subscriptionInfoDataPartitionToOffsetSum = {
  partition: int32.since(7).until(9),
  offsetSum: int64.since(7).until(9),
};

const subscriptionInfoDataTaskOffsetSum = {
  topicGroupId: int32.since(7),
  partition: int32.since(10),
  offsetSum: int64.since(10),
  namedTopology: string.since(10).nullable(),
  partitionToOffsetSum: array(subscriptionInfoDataPartitionToOffsetSum).since(7).until(9),
};

const subscriptionInfoDataClientTag = {
  key: bytes.since(11),
  value: bytes.since(11),
};

export const subscriptionInfoData = message({
  name: 'SubscriptionInfoData',
  versions: [1, 11],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    version: int32,
    latestSupportedVersion: int32.since(3).default(-1),
    processId: uuid,
    prevTasks: array(subscriptionInfoDataTaskId).until(6),
    standbyTasks: array(subscriptionInfoDataTaskId).until(6),
    userEndPoint: bytes.since(2),
    taskOffsetSums: array(subscriptionInfoDataTaskOffsetSum).since(7),
    uniqueField: int8.since(8),
    errorCode: int32.since(9),
    clientTags: array(subscriptionInfoDataClientTag).since(11),
  },
});
