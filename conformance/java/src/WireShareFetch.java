import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** The two requests by which members of a share group get records (KIP-932), at any of their versions. */
final class WireShareFetch {
    /** Until the coordinator of the group has the partition's state made, there is none to fetch from. */
    private static final Set<Errors> NOT_YET =
        Set.of(Errors.NONE, Errors.UNKNOWN_SERVER_ERROR, Errors.COORDINATOR_NOT_AVAILABLE, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    private static final int TRIES = 100;

    private final Cluster cluster;
    private final WireRequests requests;

    WireShareFetch(Cluster cluster, WireRequests requests) {
        this.cluster = cluster;
        this.requests = requests;
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.SHARE_FETCH, (wire, v) -> fetched(wire, v, cluster.name("share-fetch-v" + v), Uuid.randomUuid()));
        cases.put(ApiKeys.SHARE_ACKNOWLEDGE, this::acknowledge);
    }

    /** Joins a new group and acquires records; they stay with the member. */
    private AbstractResponse fetched(Wire wire, short version, String group, Uuid member) throws Exception {
        cluster.admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), List.of(
            new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
        WireChecks.ok(wire, (short) 1, new ShareGroupHeartbeatRequestData().setGroupId(group).setMemberId(member.toString())
            .setMemberEpoch(0).setSubscribedTopicNames(List.of(requests.topic)));
        for (int tries = 1; ; tries++) {
            var topics = new ShareFetchRequestData.FetchTopicCollection();
            var partitions = new ShareFetchRequestData.FetchPartitionCollection();
            partitions.add(new ShareFetchRequestData.FetchPartition().setPartitionIndex(0));
            topics.add(new ShareFetchRequestData.FetchTopic().setTopicId(requests.topicId).setPartitions(partitions));
            var response = wire.ask(version, new ShareFetchRequestData().setGroupId(group).setMemberId(member.toString())
                .setShareSessionEpoch(0).setMaxWaitMs(200).setMinBytes(1).setMaxBytes(1_000_000).setMaxRecords(10).setBatchSize(10)
                .setTopics(topics), NOT_YET);
            var answers = ((ShareFetchResponseData) response.data()).responses();
            var partition = answers.isEmpty() ? null : answers.find(requests.topicId).partitions().get(0);
            if (partition != null && !partition.acquiredRecords().isEmpty()) {
                Checks.that(partition.records().sizeInBytes() > 0, "ShareFetch v" + version + " gives records");
                Checks.equal((short) 1, partition.acquiredRecords().get(0).deliveryCount(), "delivery count");
                return response;
            }
            Checks.that(tries < TRIES, "ShareFetch v" + version + " acquires records");
            Thread.sleep(20);
        }
    }

    private AbstractResponse acknowledge(Wire wire, short version) throws Exception {
        String group = cluster.name("share-acknowledge-v" + version);
        Uuid member = Uuid.randomUuid();
        var fetched = (ShareFetchResponseData) fetched(wire, version, group, member).data();
        var acquired = fetched.responses().find(requests.topicId).partitions().get(0).acquiredRecords().get(0);
        var partitions = new ShareAcknowledgeRequestData.AcknowledgePartitionCollection();
        partitions.add(new ShareAcknowledgeRequestData.AcknowledgePartition().setPartitionIndex(0).setAcknowledgementBatches(List.of(
            new ShareAcknowledgeRequestData.AcknowledgementBatch().setFirstOffset(acquired.firstOffset())
                .setLastOffset(acquired.lastOffset()).setAcknowledgeTypes(List.of((byte) 1)))));
        var topics = new ShareAcknowledgeRequestData.AcknowledgeTopicCollection();
        topics.add(new ShareAcknowledgeRequestData.AcknowledgeTopic().setTopicId(requests.topicId).setPartitions(partitions));
        var response = WireChecks.ok(wire, version, new ShareAcknowledgeRequestData().setGroupId(group)
            .setMemberId(member.toString()).setShareSessionEpoch(1).setTopics(topics));
        var answers = ((ShareAcknowledgeResponseData) response.data()).responses();
        Checks.equal(1, answers.find(requests.topicId).partitions().size(), "partitions of the answer");
        return response;
    }
}
