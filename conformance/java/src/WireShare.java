import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;

/** A request for each API of share groups and their state, at any of its versions. */
final class WireShare {
    private final Cluster cluster;
    private final WireRequests requests;
    private final String group;

    WireShare(Cluster cluster, WireRequests requests) throws Exception {
        this.cluster = cluster;
        this.requests = requests;
        group = cluster.name("shared-state");
        try (Wire wire = new Wire(cluster.bootstrap)) { // creates the topic of the share coordinator
            WireChecks.ok(wire, (short) 6, new FindCoordinatorRequestData().setKeyType((byte) 2)
                .setCoordinatorKeys(List.of(group + ":" + requests.topicId + ":0")));
        }
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.SHARE_GROUP_HEARTBEAT, (wire, v) -> heartbeat(wire, v, cluster.name("beats-v" + v)));
        cases.put(ApiKeys.SHARE_GROUP_DESCRIBE, this::describe);
        cases.put(ApiKeys.INITIALIZE_SHARE_GROUP_STATE, this::initialize);
        cases.put(ApiKeys.READ_SHARE_GROUP_STATE, this::read);
        cases.put(ApiKeys.WRITE_SHARE_GROUP_STATE, this::write);
        cases.put(ApiKeys.DELETE_SHARE_GROUP_STATE, this::delete);
        cases.put(ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY, this::summary);
        cases.put(ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS, this::describeOffsets);
        cases.put(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, (wire, v) -> alter(wire, v, cluster.name("altered-v" + v)));
        cases.put(ApiKeys.DELETE_SHARE_GROUP_OFFSETS, this::deleteOffsets);
    }

    private AbstractResponse heartbeat(Wire wire, short version, String name) throws Exception {
        var request = new ShareGroupHeartbeatRequestData().setGroupId(name).setMemberId("member")
            .setSubscribedTopicNames(List.of(requests.topic));
        var answer = WireChecks.ok(wire, version, request);
        var data = (ShareGroupHeartbeatResponseData) answer.data();
        Checks.equal("member", data.memberId(), "member id");
        Checks.that(data.memberEpoch() > 0 && data.heartbeatIntervalMs() > 0, "epoch and interval of " + data);
        return answer;
    }

    private AbstractResponse describe(Wire wire, short version) throws Exception {
        String name = cluster.name("described-share");
        heartbeat(wire, version, name);
        var answer = WireChecks.ok(wire, version, new ShareGroupDescribeRequestData().setGroupIds(List.of(name)));
        var described = ((ShareGroupDescribeResponseData) answer.data()).groups().get(0);
        Checks.equal("Stable", described.groupState(), "state");
        Checks.equal("simple", described.assignorName(), "assignor");
        Checks.equal(List.of(requests.topic), described.members().get(0).subscribedTopicNames(), "subscription");
        return answer;
    }

    private AbstractResponse initialize(Wire wire, short version) throws Exception {
        return WireChecks.ok(wire, version, new InitializeShareGroupStateRequestData().setGroupId(group).setTopics(List.of(
            new InitializeShareGroupStateRequestData.InitializeStateData().setTopicId(requests.topicId).setPartitions(List.of(
                new InitializeShareGroupStateRequestData.PartitionData().setPartition(0).setStateEpoch(0).setStartOffset(0))))));
    }

    private AbstractResponse write(Wire wire, short version) throws Exception {
        initialize(wire, (short) 0);
        var data = new WriteShareGroupStateRequestData.PartitionData().setPartition(0).setStateEpoch(0).setLeaderEpoch(0).setStartOffset(5)
            .setStateBatches(List.of(new WriteShareGroupStateRequestData.StateBatch()
                .setFirstOffset(5).setLastOffset(9).setDeliveryState((byte) 2).setDeliveryCount((short) 1)));
        if (version >= 1) data.setDeliveryCompleteCount(5);
        return WireChecks.ok(wire, version, new WriteShareGroupStateRequestData().setGroupId(group).setTopics(List.of(
            new WriteShareGroupStateRequestData.WriteStateData().setTopicId(requests.topicId).setPartitions(List.of(data)))));
    }

    private AbstractResponse read(Wire wire, short version) throws Exception {
        write(wire, (short) 1);
        var answer = WireChecks.ok(wire, version, new ReadShareGroupStateRequestData().setGroupId(group).setTopics(List.of(
            new ReadShareGroupStateRequestData.ReadStateData().setTopicId(requests.topicId).setPartitions(List.of(
                new ReadShareGroupStateRequestData.PartitionData().setPartition(0).setLeaderEpoch(0))))));
        var partition = ((ReadShareGroupStateResponseData) answer.data()).results().get(0).partitions().get(0);
        Checks.equal(5L, partition.startOffset(), "start offset");
        Checks.equal(9L, partition.stateBatches().get(0).lastOffset(), "last offset");
        return answer;
    }

    private AbstractResponse summary(Wire wire, short version) throws Exception {
        write(wire, (short) 1);
        var answer = WireChecks.ok(wire, version, new ReadShareGroupStateSummaryRequestData().setGroupId(group).setTopics(List.of(
            new ReadShareGroupStateSummaryRequestData.ReadStateSummaryData().setTopicId(requests.topicId).setPartitions(List.of(
                new ReadShareGroupStateSummaryRequestData.PartitionData().setPartition(0).setLeaderEpoch(0))))));
        var partition = ((ReadShareGroupStateSummaryResponseData) answer.data()).results().get(0).partitions().get(0);
        Checks.equal(5L, partition.startOffset(), "start offset");
        Checks.equal(version >= 1 ? 5 : -1, partition.deliveryCompleteCount(), "deliveries that are complete");
        return answer;
    }

    private AbstractResponse delete(Wire wire, short version) throws Exception {
        return WireChecks.ok(wire, version, new DeleteShareGroupStateRequestData().setGroupId(group).setTopics(List.of(
            new DeleteShareGroupStateRequestData.DeleteStateData().setTopicId(requests.topicId).setPartitions(List.of(
                new DeleteShareGroupStateRequestData.PartitionData().setPartition(0))))));
    }

    private AbstractResponse alter(Wire wire, short version, String name) throws Exception {
        var partition = new AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestPartition().setPartitionIndex(0).setStartOffset(7);
        var topics = new AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopicCollection();
        topics.add(new AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic()
            .setTopicName(requests.topic).setPartitions(List.of(partition)));
        return WireChecks.ok(wire, version, new AlterShareGroupOffsetsRequestData().setGroupId(name).setTopics(topics));
    }

    private AbstractResponse describeOffsets(Wire wire, short version) throws Exception {
        String name = cluster.name("offsets-v" + version);
        alter(wire, (short) 0, name);
        var answer = WireChecks.ok(wire, version, new DescribeShareGroupOffsetsRequestData().setGroups(List.of(
            new DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup().setGroupId(name).setTopics(null))));
        var topic = ((DescribeShareGroupOffsetsResponseData) answer.data()).groups().get(0).topics().get(0);
        Checks.equal(requests.topicId, topic.topicId(), "topic id");
        Checks.equal(7L, topic.partitions().get(0).startOffset(), "start offset");
        if (version >= 1) Checks.that(topic.partitions().get(0).lag() >= 93, "the lag in " + topic);
        return answer;
    }

    private AbstractResponse deleteOffsets(Wire wire, short version) throws Exception {
        String name = cluster.name("deleted-offsets-v" + version);
        alter(wire, (short) 0, name);
        return WireChecks.ok(wire, version, new DeleteShareGroupOffsetsRequestData().setGroupId(name).setTopics(List.of(
            new DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic().setTopicName(requests.topic))));
    }
}
